package enginetest

import (
	"slices"
	"testing"
	"time"

	"ayni.example/inference/engine"
)

// patience bounds every single request of the suite.
const patience = 60 * time.Second

// Config says which engine is tested, with which of its models, and what it promises beyond what the model's
// capabilities say.
type Config struct {
	Engine engine.Engine
	Model  string
	Seeded bool // equal seeds give equal text
	IDs    bool // chunks carry token ids, and results are metered by them
	Counts bool // Count is exact
	Bounds bool // a prompt beyond the context is refused, not cut
}

// Run checks everything that callers of an engine rely on. What the model cannot do must be refused as Unsupported.
func Run(t *testing.T, cfg Config) {
	t.Helper()
	if cfg.Engine.Name() == "" {
		t.Error("the engine has no name")
	}
	s := suite{Config: cfg, model: about(t, cfg)}
	t.Run("completion", s.completion)
	t.Run("chat", s.chat)
	t.Run("limits", s.limits)
	t.Run("stop", s.stop)
	t.Run("seed", s.seed)
	t.Run("count", s.count)
	t.Run("logprobs", s.logprobs)
	t.Run("unicode", s.unicode)
	t.Run("cancel", s.cancel)
	t.Run("emit error", s.emitError)
	t.Run("unknown model", s.unknownModel)
	t.Run("empty", s.empty)
	if s.Bounds && s.model.Context > 0 { // else it cuts long prompts, or does not say how long is too long
		t.Run("huge", s.huge)
	}
	t.Run("concurrent", s.concurrent)
	t.Run("embeddings", s.embeddings)
}

type suite struct {
	Config
	model engine.Model
}

func about(t *testing.T, s Config) engine.Model {
	t.Helper()
	models, err := s.Engine.Models(t.Context())
	if err != nil {
		t.Fatalf("list models: %v", err)
	}
	at := slices.IndexFunc(models, func(m engine.Model) bool { return m.Name == s.Model })
	if at < 0 {
		t.Fatalf("model %q is not listed: %v", s.Model, models)
	}
	return models[at]
}

func (s suite) can(capability string) bool { return slices.Contains(s.model.Capabilities, capability) }
