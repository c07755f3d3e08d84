package exact

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"ayni.example/inference/engine"
	"ayni.example/tensor"
	"ayni.example/tensor/llama"
)

// Bounds on one model's caches when the Config has none: of running requests, and of beginnings of prompts that are kept.
const (
	defaultBytes  = 2 << 30
	defaultPrefix = 256 << 20
)

// Build names the numerics: whoever has the same build, model and seed gets the same tokens.
const Build = "ayni-exact/" + tensor.Profile

// Config says which models run and how many requests at once.
type Config struct {
	Models   []*Model
	Parallel int       // requests that each model computes together; 0 is 8
	Queue    int       // requests that may wait for each model; 0 is 64
	MaxBytes uint64    // caches of each model's running requests; 0 is 2 GiB
	Prefix   int64     // bytes of caches that each model keeps for prompts that begin alike; 0 is 256 MiB, -1 none
	Rand     io.Reader // where seeds come from when a request has none; nil is crypto/rand
}

// Engine runs the models of its Config.
type Engine struct {
	models []*Model
	byName map[string]*served
	rand   io.Reader
	forms  grammars
}

// served is a model and what computes its requests together.
type served struct {
	*Model
	batch *llama.Batch
}

var _ engine.Engine = (*Engine)(nil)

// New checks the configuration; models are opened before, with Open.
func New(cfg Config) (*Engine, error) {
	switch {
	case cfg.Prefix == 0:
		cfg.Prefix = defaultPrefix
	case cfg.Prefix < 0:
		cfg.Prefix = 0
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	e := &Engine{models: cfg.Models, byName: make(map[string]*served), rand: cfg.Rand}
	for _, model := range cfg.Models {
		if e.byName[model.about.Name] != nil {
			return nil, fmt.Errorf("exact engine: two models are called %q", model.about.Name)
		}
		bytes := cfg.MaxBytes
		if bytes == 0 {
			bytes = defaultBytes
		}
		batch, err := model.run.NewBatch(llama.BatchConfig{
			Sequences: cfg.Parallel, Queue: cfg.Queue, MaxBytes: bytes, Prefix: uint64(cfg.Prefix),
		})
		if err != nil {
			return nil, fmt.Errorf("exact engine: %s: %w", model.about.Name, err)
		}
		e.byName[model.about.Name] = &served{Model: model, batch: batch}
	}
	return e, nil
}

// Name is the engine's word in logs and receipts.
func (e *Engine) Name() string { return "ayni-exact" }

// Models lists what was opened.
func (e *Engine) Models(context.Context) ([]engine.Model, error) {
	out := make([]engine.Model, len(e.models))
	for i, model := range e.models {
		out[i] = model.about
	}
	return out, nil
}

// Count is always exact.
func (e *Engine) Count(_ context.Context, req engine.Request) (tokens int, ok bool, err error) {
	model, err := e.find(req.Model)
	if err != nil {
		return 0, false, err
	}
	return model.count(req)
}

func (m *Model) count(req engine.Request) (tokens int, ok bool, err error) {
	req = m.fill(req)
	if req.Kind == engine.Embeddings {
		inputs, err := m.inputs(req)
		if err != nil {
			return 0, false, err
		}
		for _, input := range inputs {
			tokens += len(input)
		}
		return tokens, true, nil
	}
	prompt, err := m.prompt(req)
	return len(prompt), err == nil, err
}

func (e *Engine) find(name string) (*served, error) {
	if model := e.byName[name]; model != nil {
		return model, nil
	}
	return nil, engine.Errorf(engine.NotFound, "model %q not found", name).WithParam("model")
}

func (e *Engine) seed(req engine.Request) (uint64, error) {
	if req.Options.Seed != nil {
		return *req.Options.Seed, nil
	}
	var raw [8]byte
	if _, err := io.ReadFull(e.rand, raw[:]); err != nil {
		return 0, errors.Join(engine.Errorf(engine.Internal, "no random seed"), err)
	}
	// Dialects carry seeds as signed 64-bit numbers, and JavaScript as 53-bit ones.
	return binary.LittleEndian.Uint64(raw[:]) >> 11, nil
}
