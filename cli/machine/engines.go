package machine

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/exact"
	"ayni.example/inference/engine/ollama"
	"ayni.example/inference/engine/openaiapi"
	"ayni.example/inference/remote"
	"ayni.example/internal/home"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/starter"
)

// threadsOf is how many threads the exact engine uses: all processors but one, for the rest of the machine.
func threadsOf(settings home.Config) int {
	if settings.Threads > 0 {
		return settings.Threads
	}
	return max(1, runtime.NumCPU()-1)
}

// openExact is the exact engine with the starter model, and the model itself.
func openExact(threads int) (*exact.Engine, *exact.Model, error) {
	weights := starter.GGUF()
	model, err := exact.Open(starter.Name, bytes.NewReader(weights), int64(len(weights)), llama.Config{Threads: threads})
	if err != nil {
		return nil, nil, fmt.Errorf("open starter: %w", err)
	}
	e, err := exact.New(exact.Config{Models: []*exact.Model{model}, Rand: rand.Reader})
	return e, model, err
}

// tokenizersOf lets the payer's side check how providers count tokens of a model that is here too.
func tokenizersOf(e *exact.Engine, model *exact.Model) remote.Tokenizers {
	about := model.About()
	return remote.Tokenizers{about.Digest: {Engine: e, Name: about.Name, Decode: model.Run().Tokenizer.Decode}}
}

// openEngines are all engines of this machine: the exact one, an Ollama where there is one, the owner's servers.
func openEngines(ctx context.Context, settings home.Config, log *slog.Logger) ([]engine.Engine, remote.Tokenizers, error) {
	own, model, err := openExact(threadsOf(settings))
	if err != nil {
		return nil, nil, err
	}
	engines := []engine.Engine{own}
	if settings.Ollama != "off" {
		found, err := openOllama(ctx, settings.Ollama, log)
		if err != nil {
			return nil, nil, err
		}
		engines = append(engines, found...)
	}
	for _, s := range settings.Servers {
		key, err := readKey(s.KeyFile)
		if err != nil {
			return nil, nil, fmt.Errorf("server %s: %w", s.Name, err)
		}
		e, err := openaiapi.New(openaiapi.Config{URL: s.URL, Key: key})
		if err != nil {
			return nil, nil, fmt.Errorf("server %s: %w", s.Name, err)
		}
		engines = append(engines, e)
	}
	return engines, tokenizersOf(own, model), nil
}

// openOllama takes the Ollama that the owner named, or one that answers on the usual port.
func openOllama(ctx context.Context, address string, log *slog.Logger) ([]engine.Engine, error) {
	if address == "" {
		version, ok := ollama.Find(ctx, ollama.DefaultURL)
		if !ok {
			return nil, nil
		}
		log.Info("found ollama; its models stay private until offered", "version", version)
		address = ollama.DefaultURL
	}
	e, err := ollama.New(ollama.Config{URL: address})
	if err != nil {
		return nil, fmt.Errorf("ollama: %w", err)
	}
	return []engine.Engine{e}, nil
}

func readKey(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read key: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
