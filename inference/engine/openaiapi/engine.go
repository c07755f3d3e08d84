package openaiapi

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/upstream"
)

const maxModels = 1024

// Config says where the server is.
type Config struct {
	URL    string        // base, with its /v1: "http://127.0.0.1:8000/v1"
	Key    string        // bearer token, "" for none
	Models []string      // names to serve; empty is all that the server lists
	Probe  bool          // find out by requests of one token what models can do; otherwise chat and completion are assumed
	Quiet  time.Duration // silence that ends a request; 0 is 5 minutes
	HTTP   *http.Client  // nil makes one
}

// Engine is a client of one server.
type Engine struct {
	client *upstream.Client
	only   []string
	probe  bool

	mu    sync.Mutex
	known map[string][]string // capabilities by model
}

var _ engine.Engine = (*Engine)(nil)

// New checks the address; the server need not run yet.
func New(cfg Config) (*Engine, error) {
	client, err := upstream.New(upstream.Config{
		Name: "the OpenAI-compatible server", URL: cfg.URL, Key: cfg.Key, Quiet: cfg.Quiet, HTTP: cfg.HTTP,
		Hint: "check that it runs and that its URL ends in /v1",
	})
	if err != nil {
		return nil, err
	}
	return &Engine{client: client, only: slices.Clone(cfg.Models), probe: cfg.Probe, known: make(map[string][]string)}, nil
}

// Name is the engine's word in logs and receipts.
func (e *Engine) Name() string { return "openai" }

// Count cannot be known: the API has no endpoint that counts tokens.
func (e *Engine) Count(context.Context, engine.Request) (tokens int, ok bool, err error) {
	return 0, false, nil
}

// Models lists what the server has.
func (e *Engine) Models(ctx context.Context) ([]engine.Model, error) {
	var list struct {
		Data []listed `json:"data"`
	}
	if err := e.client.Get(ctx, "/models", &list); err != nil {
		return nil, err
	}
	var out []engine.Model
	for _, entry := range list.Data {
		if entry.ID == "" || (len(e.only) > 0 && !slices.Contains(e.only, entry.ID)) {
			continue
		}
		if len(out) == maxModels {
			return nil, engine.Errorf(engine.Unavailable, "the server lists more than %d models", maxModels).
				WithHint("name those to serve")
		}
		capabilities, err := e.capabilities(ctx, entry.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, entry.model(capabilities))
	}
	return out, nil
}

// listed is an entry of /models. vLLM tells the context, llama-server more in meta.
type listed struct {
	ID     string `json:"id"`
	MaxLen uint32 `json:"max_model_len"`
	Meta   struct {
		Context    uint32 `json:"n_ctx_train"`
		Width      uint32 `json:"n_embd"`
		Parameters uint64 `json:"n_params"`
		Size       uint64 `json:"size"`
	} `json:"meta"`
}

func (l listed) model(capabilities []string) engine.Model {
	return engine.Model{
		Name: l.ID, Opaque: true, Context: max(l.MaxLen, l.Meta.Context), Embedding: l.Meta.Width,
		Parameters: l.Meta.Parameters, SizeBytes: l.Meta.Size, Capabilities: slices.Clone(capabilities), Build: "openai",
	}
}
