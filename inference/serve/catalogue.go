package serve

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"slices"
	"sync"
	"time"

	"ayni.example/inference/engine"
)

// Ages of what the engines said of their models.
const (
	modelsFresh = 10 * time.Second // asked again after this
	modelsRetry = time.Second      // asked again when a model was not found
)

// catalogue knows which engine has which model. What an engine said last still counts while it does not answer.
type catalogue struct {
	engines []engine.Engine
	now     func() time.Time
	logger  *slog.Logger

	mu     sync.Mutex
	models [][]engine.Model // by engine
	errs   []error
	asked  time.Time
}

// served is a model with the engine that has it.
type served struct {
	engine engine.Engine
	model  engine.Model
}

func newCatalogue(engines []engine.Engine, now func() time.Time, logger *slog.Logger) *catalogue {
	return &catalogue{
		engines: engines, now: now, logger: logger,
		models: make([][]engine.Model, len(engines)), errs: make([]error, len(engines)),
	}
}

// Models lists what the engines can serve, in the engines' order. An engine that does not answer is left out unless nothing
// else can be said.
func (s *Server) Models(ctx context.Context) ([]engine.Model, error) {
	c := s.catalogue
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refresh(ctx, modelsFresh)
	models := slices.Concat(c.models...)
	if len(models) == 0 {
		return nil, c.firstError()
	}
	return models, nil
}

// find takes the engine's own name of a model and, when it is not empty, the digest that it must have.
func (c *catalogue) find(ctx context.Context, name, digest string) (served, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, age := range []time.Duration{modelsFresh, modelsRetry} {
		c.refresh(ctx, age)
		for i, models := range c.models {
			for _, m := range models {
				if m.Name == name && (digest == "" || m.Digest == digest || !known(m)) {
					return served{c.engines[i], m}, nil
				}
			}
		}
	}
	if err := c.firstError(); err != nil {
		return served{}, err
	}
	return served{}, engine.Errorf(engine.NotFound, "model %q is not on this machine", name)
}

// known tells whether the engine itself says which weights a model has; else a digest is only this machine's word for it.
func known(m engine.Model) bool { return len(m.Digest) == 2*sha256.Size }

func (c *catalogue) refresh(ctx context.Context, age time.Duration) {
	now := c.now()
	if since := now.Sub(c.asked); !c.asked.IsZero() && since >= 0 && since < age {
		return
	}
	c.asked = now
	for i, e := range c.engines {
		models, err := e.Models(ctx)
		c.errs[i] = err
		if err != nil {
			c.logger.Debug("engine does not list its models", "engine", e.Name(), "err", err)
			continue
		}
		c.models[i] = models
	}
}

func (c *catalogue) firstError() error {
	for _, err := range c.errs {
		if err != nil {
			return err
		}
	}
	return nil
}
