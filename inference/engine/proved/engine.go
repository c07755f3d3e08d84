package proved

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"ayni.example/inference/engine"
	"ayni.example/inference/prediction"
	"ayni.example/zk/answer"
	"ayni.example/zk/bundle"
	"ayni.example/zk/prover"
)

// pieceSize is how much of an answer goes into one chunk, in bytes: a proof is longer than a frame.
const pieceSize = 64 << 10

// Config says where the models are.
type Config struct {
	Folder string    // of bundles; it need not exist
	Random io.Reader // masks activations; nil is crypto/rand
	Logger *slog.Logger
}

// Engine proves answers; each model one at a time.
type Engine struct {
	config Config
	shelf  shelf
}

var _ engine.Engine = (*Engine)(nil)

// New checks the configuration.
func New(cfg Config) (*Engine, error) {
	if cfg.Folder == "" || cfg.Logger == nil {
		return nil, errors.New("proved: folder or logger is absent")
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	return &Engine{config: cfg, shelf: shelf{folder: cfg.Folder, log: cfg.Logger}}, nil
}

// Name is the engine's.
func (*Engine) Name() string { return "ayni-proof" }

// Models lists the bundles of the folder.
func (e *Engine) Models(context.Context) ([]engine.Model, error) {
	models, err := e.shelf.list()
	if err != nil {
		return nil, err
	}
	out := make([]engine.Model, len(models))
	for i, m := range models {
		out[i] = m.about
	}
	return out, nil
}

// Count says 1: a prediction is the unit of its price.
func (e *Engine) Count(_ context.Context, req engine.Request) (tokens int, ok bool, err error) {
	if _, err := e.shelf.find(req.Model); err != nil {
		return 0, false, err
	}
	return 1, true, nil
}

// Generate proves the answer to one question.
func (e *Engine) Generate(ctx context.Context, req engine.Request, emit func(engine.Chunk) error) (engine.Result, error) {
	m, err := e.shelf.find(req.Model)
	if err != nil {
		return engine.Result{}, err
	}
	if req.Kind != engine.Prediction {
		return engine.Result{}, engine.Errorf(engine.Unsupported, "model %s answers predictions alone", req.Model).WithParam("model").
			WithHint("use /v1/predictions")
	}
	said, err := m.prove(ctx, req.Prompt, e.config.Random)
	if err != nil {
		return engine.Result{}, err
	}
	text, err := said.Text()
	if err != nil {
		return engine.Result{}, err
	}
	for rest := text; rest != ""; {
		n := min(len(rest), pieceSize)
		if err := emit(engine.Chunk{Text: rest[:n]}); err != nil {
			return engine.Result{}, err
		}
		rest = rest[n:]
	}
	return engine.Result{Finish: "stop", Usage: engine.Usage{Prompt: 1}, Metered: "reported"}, nil
}

// Embed is refused.
func (*Engine) Embed(_ context.Context, req engine.Request) (engine.Embedding, error) {
	return engine.Embedding{}, engine.Errorf(engine.Unsupported, "model %s answers predictions alone", req.Model).WithParam("model")
}

// model is a bundle; what proves is made when it is first asked.
type model struct {
	about  engine.Model
	bundle *bundle.Bundle

	proving chan struct{} // holds one: who proves
	once    sync.Once
	prover  *prover.Model
	failed  error
}

// prove proves one answer. Whoever waits for another's proof may leave.
func (m *model) prove(ctx context.Context, question string, random io.Reader) (prediction.Answer, error) {
	input, binding, err := prediction.ReadQuestion(question)
	if err != nil {
		return prediction.Answer{}, err
	}
	circuit := m.bundle.Circuit
	tensors, err := answer.Split(circuit, circuit.Inputs(), input)
	if err != nil {
		return prediction.Answer{}, engine.Errorf(engine.Invalid, "input: %w", err).WithParam("input").
			WithHint("`ayni zkml describe MODEL` shows its inputs")
	}
	if err := circuit.CheckInputs(tensors); err != nil {
		return prediction.Answer{}, engine.Errorf(engine.Invalid, "input: %w", err).WithParam("input")
	}
	select {
	case m.proving <- struct{}{}:
		defer func() { <-m.proving }()
	case <-ctx.Done():
		return prediction.Answer{}, fmt.Errorf("wait to prove: %w", context.Cause(ctx))
	}
	if m.once.Do(func() { m.prover, m.failed = m.bundle.Prover(random) }); m.failed != nil {
		return prediction.Answer{}, engine.Errorf(engine.Internal, "open model %s: %w", m.about.Name, m.failed)
	}
	proof, output, err := m.prover.Prove(binding, tensors)
	if err != nil {
		return prediction.Answer{}, engine.Errorf(engine.Invalid, "prove: %w", err).WithParam("input").
			WithHint("`ayni zkml describe MODEL` shows the range of its inputs")
	}
	whole := &answer.Answer{
		Circuit: circuit, Root: m.bundle.Root, Parameters: m.bundle.Parameters, Binding: binding, Input: tensors, Output: output, Proof: proof,
	}
	return prediction.Answer{Output: answer.Flat(output), Proof: whole.Encode()}, nil
}
