package ollama

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/upstream"
)

// DefaultURL is where Ollama listens unless told otherwise.
const DefaultURL = "http://127.0.0.1:11434"

const (
	maxModels = 512
	findTime  = 2 * time.Second
)

// Config says where Ollama is.
type Config struct {
	URL   string        // "" is DefaultURL
	Key   string        // bearer token, for an Ollama behind a proxy that wants one
	Quiet time.Duration // silence that ends a request; 0 is 5 minutes
	HTTP  *http.Client  // nil makes one
}

// Engine is a client of one Ollama.
type Engine struct {
	client *upstream.Client

	mu    sync.Mutex
	known map[string]engine.Model // by build, name and digest
}

var _ engine.Engine = (*Engine)(nil)

// New checks the address; Ollama need not run yet.
func New(cfg Config) (*Engine, error) {
	if cfg.URL == "" {
		cfg.URL = DefaultURL
	}
	client, err := upstream.New(upstream.Config{
		Name: "Ollama", URL: cfg.URL, Key: cfg.Key, Quiet: cfg.Quiet, HTTP: cfg.HTTP,
		Hint: "is Ollama running? start it with `ollama serve`",
	})
	if err != nil {
		return nil, err
	}
	return &Engine{client: client, known: make(map[string]engine.Model)}, nil
}

// Find tells whether an Ollama answers at an address, and its version.
func Find(ctx context.Context, url string) (version string, ok bool) {
	e, err := New(Config{URL: url})
	if err != nil {
		return "", false
	}
	ctx, cancel := context.WithTimeout(ctx, findTime)
	defer cancel()
	version, err = e.version(ctx)
	return version, err == nil && version != ""
}

// Name is the engine's word in logs and receipts.
func (e *Engine) Name() string { return "ollama" }

// Count cannot be known: Ollama has no endpoint that counts tokens.
func (e *Engine) Count(context.Context, engine.Request) (tokens int, ok bool, err error) {
	return 0, false, nil
}

// Models lists what Ollama has. What a model can do is asked once for each digest.
func (e *Engine) Models(ctx context.Context) ([]engine.Model, error) {
	var tags struct {
		Models []tag `json:"models"`
	}
	if err := e.client.Get(ctx, "/api/tags", &tags); err != nil {
		return nil, err
	}
	if len(tags.Models) > maxModels {
		return nil, engine.Errorf(engine.Unavailable, "Ollama lists %d models, more than %d", len(tags.Models), maxModels)
	}
	build, err := e.version(ctx)
	if err != nil {
		return nil, err
	}
	fresh := make(map[string]engine.Model, len(tags.Models))
	out := make([]engine.Model, 0, len(tags.Models))
	for _, listed := range tags.Models {
		model, err := e.describe(ctx, listed, build)
		if engine.IsKind(err, engine.NotFound) {
			continue // it was deleted between the two questions
		}
		if err != nil {
			return nil, err
		}
		fresh[listed.key(build)] = model
		out = append(out, model)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.known = fresh
	return out, nil
}

func (e *Engine) version(ctx context.Context) (string, error) {
	var answer struct {
		Version string `json:"version"`
	}
	err := e.client.Get(ctx, "/api/version", &answer)
	return answer.Version, err
}

type tag struct {
	Name       string  `json:"name"`
	Digest     string  `json:"digest"`
	Size       uint64  `json:"size"`
	RemoteHost string  `json:"remote_host"`
	Details    details `json:"details"`
}

type details struct {
	Format       string `json:"format"`
	Family       string `json:"family"`
	Quantisation string `json:"quantization_level"`
}

func (t tag) key(build string) string { return build + "\n" + t.Name + "\n" + t.Digest }

func (e *Engine) describe(ctx context.Context, listed tag, build string) (engine.Model, error) {
	e.mu.Lock()
	model, ok := e.known[listed.key(build)]
	e.mu.Unlock()
	if ok {
		return model, nil
	}
	var show struct {
		License      string         `json:"license"`
		Template     string         `json:"template"`
		Capabilities []string       `json:"capabilities"`
		Info         map[string]any `json:"model_info"`
	}
	if err := e.client.Post(ctx, "/api/show", map[string]string{"model": listed.Name}, &show); err != nil {
		return engine.Model{}, fmt.Errorf("ask about %s: %w", listed.Name, err)
	}
	return engine.Model{
		Name: listed.Name, Digest: strings.TrimPrefix(listed.Digest, "sha256:"), Opaque: listed.RemoteHost != "",
		Family: listed.Details.Family, Format: listed.Details.Format, Quantisation: listed.Details.Quantisation,
		License: firstLine(show.License), Parameters: number(show.Info, "general.parameter_count"), SizeBytes: listed.Size,
		Context: uint32(number(show.Info, ".context_length")), Embedding: uint32(number(show.Info, ".embedding_length")),
		Capabilities: capabilities(show.Capabilities), Build: "ollama/" + build, Template: show.Template,
	}, nil
}

// number finds a count by the end of its name: what goes before is the architecture.
func number(info map[string]any, suffix string) uint64 {
	for key, value := range info {
		if count, ok := value.(float64); ok && strings.Count(key, ".") == 1 && strings.HasSuffix(key, suffix) && count > 0 && count < 1<<53 {
			return uint64(count)
		}
	}
	return 0
}

// capabilities adds what Ollama does with every model that completes.
func capabilities(told []string) []string {
	out := slices.Clone(told)
	if slices.Contains(told, "completion") {
		out = append(out, "chat", "json_schema", "logprobs")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(line)
}
