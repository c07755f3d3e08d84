package exact

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"ayni.example/inference/engine"
	"ayni.example/tensor"
)

const (
	defaultParallel = 2
	defaultQueue    = 64
)

// Build names the numerics: whoever has the same build, model and seed gets the same tokens.
const Build = "ayni-exact/" + tensor.Profile

// Config says which models run and how many at once.
type Config struct {
	Models   []*Model
	Parallel int       // answers computed at once; 0 is 2
	Queue    int       // requests that may wait for their turn; 0 is 64
	Rand     io.Reader // where seeds come from when a request has none; nil is crypto/rand
}

// Engine runs the models of its Config.
type Engine struct {
	models  []*Model
	byName  map[string]*Model
	turns   chan struct{}
	waiting atomic.Int64
	queue   int64
	rand    io.Reader
}

var _ engine.Engine = (*Engine)(nil)

// New checks the configuration; models are opened before, with Open.
func New(cfg Config) (*Engine, error) {
	if cfg.Parallel < 0 || cfg.Queue < 0 {
		return nil, fmt.Errorf("exact engine: parallel %d or queue %d is negative", cfg.Parallel, cfg.Queue)
	}
	if cfg.Parallel == 0 {
		cfg.Parallel = defaultParallel
	}
	if cfg.Queue == 0 {
		cfg.Queue = defaultQueue
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	e := &Engine{
		models: cfg.Models, byName: make(map[string]*Model), turns: make(chan struct{}, cfg.Parallel),
		queue: int64(cfg.Queue), rand: cfg.Rand,
	}
	for _, model := range cfg.Models {
		if e.byName[model.about.Name] != nil {
			return nil, fmt.Errorf("exact engine: two models are called %q", model.about.Name)
		}
		e.byName[model.about.Name] = model
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
	if req.Kind == engine.Embeddings {
		inputs, err := model.inputs(req)
		if err != nil {
			return 0, false, err
		}
		for _, input := range inputs {
			tokens += len(input)
		}
		return tokens, true, nil
	}
	prompt, err := model.prompt(req)
	return len(prompt), err == nil, err
}

func (e *Engine) find(name string) (*Model, error) {
	if model := e.byName[name]; model != nil {
		return model, nil
	}
	return nil, engine.Errorf(engine.NotFound, "model %q not found", name).WithParam("model")
}

// turn waits until the request may compute, and gives what ends its turn.
func (e *Engine) turn(ctx context.Context) (done func(), err error) {
	done = func() { <-e.turns }
	select {
	case e.turns <- struct{}{}:
		return done, nil
	default:
	}
	if e.waiting.Add(1) > e.queue {
		e.waiting.Add(-1)
		return nil, engine.Errorf(engine.Busy, "%d requests are waiting already", e.queue).WithHint("try again in a few seconds")
	}
	defer e.waiting.Add(-1)
	select {
	case e.turns <- struct{}{}:
		return done, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a turn: %w", ctx.Err())
	}
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
