package machine

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"time"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/exact"
	"ayni.example/inference/engine/ollama"
	"ayni.example/inference/engine/openaiapi"
	"ayni.example/inference/engine/proved"
	"ayni.example/inference/remote"
	"ayni.example/internal/clock"
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

// openExact is the exact engine with the starter model and those of a source, which may be nil.
func openExact(settings home.Config, threads int, source exact.Source) (*exact.Library, error) {
	weights := starter.GGUF()
	model, err := exact.Open(starter.Name, bytes.NewReader(weights), int64(len(weights)), llama.Config{Threads: threads})
	if err != nil {
		return nil, fmt.Errorf("open starter: %w", err)
	}
	memory := uint64(settings.ModelMemoryMiB) << 20
	if memory == 0 {
		memory = memoryOf() / 2
	}
	return exact.NewLibrary(exact.LibraryConfig{
		Fixed: []*exact.Model{model}, Source: source, Load: llama.Config{Threads: threads}, MaxBytes: memory,
		KeepAlive: time.Duration(settings.ModelKeepMinutes) * time.Minute, Engine: exact.Config{Rand: rand.Reader, MaxBytes: memory / 2}, Now: clock.System,
	})
}

// meter lets the payer's side check how providers count tokens of a model that is here too. It brings no weights into memory.
type meter struct{ library *exact.Library }

var _ remote.Meter = meter{}

// Prompt implements remote.Meter.
func (m meter) Prompt(ctx context.Context, digest string, req engine.Request) (int, bool) {
	model := m.library.Reader(ctx, digest)
	if model == nil {
		return 0, false
	}
	req.Model = model.About().Name
	tokens, ok, err := m.library.Count(ctx, req)
	return tokens, ok && err == nil
}

// Text implements remote.Meter.
func (m meter) Text(ctx context.Context, digest string, ids []int32) (string, bool) {
	model := m.library.Reader(ctx, digest)
	if model == nil {
		return "", false
	}
	return model.Run().Tokenizer.Decode(ids), true
}

// openEngines are all engines of this machine: the exact one, the one that proves, an Ollama where there is one, the owner's servers.
func openEngines(
	ctx context.Context, settings home.Config, source exact.Source, provable string, log *slog.Logger,
) ([]engine.Engine, *exact.Library, error) {
	own, err := openExact(settings, threadsOf(settings), source)
	if err != nil {
		return nil, nil, err
	}
	prover, err := proved.New(proved.Config{Folder: provable, Logger: log})
	if err != nil {
		return nil, nil, err
	}
	engines := []engine.Engine{own, prover}
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
	return engines, own, nil
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
	text, err := home.ReadFile(file, secretMax)
	if err != nil {
		return "", fmt.Errorf("read key: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
