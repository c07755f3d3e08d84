package enginetest

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"ayni.example/inference/engine"
)

// promptly is how long a cancelled request may go on.
const promptly = 5 * time.Second

func (s suite) cancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var cancelled time.Time
	_, err := s.Engine.Generate(ctx, s.complete(prompt, 100), func(engine.Chunk) error {
		if cancelled.IsZero() {
			cancelled = time.Now()
			cancel()
		}
		return nil
	})
	if cancelled.IsZero() {
		t.Fatalf("nothing came before the end: %v", err)
	}
	if took := time.Since(cancelled); took > promptly {
		t.Errorf("it went on for %s", took)
	}
	// A short answer may have been complete already; then there is no error to give.
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
	done, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.Engine.Generate(done, s.complete(prompt, 4), func(engine.Chunk) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("with a cancelled context the error is %v", err)
	}
}

var errEnough = errors.New("enough")

func (s suite) emitError(t *testing.T) {
	calls := 0
	_, err := s.Engine.Generate(t.Context(), s.complete(prompt, 16), func(engine.Chunk) error {
		calls++
		return errEnough
	})
	if !errors.Is(err, errEnough) {
		t.Errorf("error is %v, want emit's own", err)
	}
	if calls != 1 {
		t.Errorf("emit was called %d times, want once", calls)
	}
}

func (s suite) unknownModel(t *testing.T) {
	req := s.complete(prompt, 4)
	req.Model = "no-such-model-anywhere"
	_, err := s.try(t, req)
	wantKind(t, err, engine.NotFound)
	_, err = s.Engine.Embed(t.Context(), engine.Request{Kind: engine.Embeddings, Model: req.Model, Input: []string{"a"}})
	wantKind(t, err, engine.NotFound)
}

// empty prompts are answered or refused as Invalid: models differ in whether they can begin from nothing.
func (s suite) empty(t *testing.T) {
	if _, err := s.try(t, s.complete("", 2)); err != nil {
		wantKind(t, err, engine.Invalid)
	}
	_, err := s.try(t, s.converse(2))
	wantKind(t, err, engine.Invalid)
	_, err = s.Engine.Embed(t.Context(), engine.Request{Kind: engine.Embeddings, Model: s.Model})
	wantKind(t, err, engine.Invalid)
}

func (s suite) huge(t *testing.T) {
	long := strings.Repeat("word after word ", int(s.model.Context))
	_, err := s.try(t, s.complete(long, 2))
	wantKind(t, err, engine.TooLarge)
	_, err = s.try(t, s.converse(2, engine.Message{Role: "user", Content: long}))
	wantKind(t, err, engine.TooLarge)
}

func (s suite) embeddings(t *testing.T) {
	req := engine.Request{Kind: engine.Embeddings, Model: s.Model, Input: []string{"a small cat", "a small dog", "a small cat"}}
	out, err := s.Engine.Embed(t.Context(), req)
	if !s.can("embedding") && err != nil { // what is not claimed may work all the same
		wantKind(t, err, engine.Unsupported)
		return
	}
	if err != nil {
		t.Fatalf("embed: %v", err)
	}
	if len(out.Vectors) != len(req.Input) || out.Usage.Prompt < len(req.Input) {
		t.Fatalf("%d vectors and usage %+v for %d inputs", len(out.Vectors), out.Usage, len(req.Input))
	}
	width := len(out.Vectors[0])
	if width == 0 || (s.model.Embedding > 0 && width != int(s.model.Embedding)) {
		t.Errorf("vectors have %d dimensions, the model says %d", width, s.model.Embedding)
	}
	for i, vector := range out.Vectors {
		var square float64
		for _, value := range vector {
			square += float64(value) * float64(value)
		}
		if len(vector) != width || math.Abs(math.Sqrt(square)-1) > 1e-2 {
			t.Errorf("vector %d has %d dimensions and length %v, want length 1", i, len(vector), math.Sqrt(square))
		}
	}
	if slices.Equal(out.Vectors[0], out.Vectors[1]) {
		t.Error("different texts have equal vectors")
	}
	if s.Seeded && !slices.Equal(out.Vectors[0], out.Vectors[2]) {
		t.Error("equal texts have different vectors")
	}
}
