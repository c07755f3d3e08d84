package enginetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"ayni.example/inference/engine"
)

// answer is everything that one request gave.
type answer struct {
	text   string
	tokens []engine.Token
	chunks int
	result engine.Result
}

// ask runs a request to its end and checks what holds for every answer.
func (s suite) ask(t *testing.T, req engine.Request) answer {
	t.Helper()
	out, err := s.try(t, req)
	if err != nil {
		t.Fatalf("%s: %v", req.Kind, err)
	}
	if !utf8.ValidString(out.text) {
		t.Errorf("the text is not UTF-8: %q", out.text)
	}
	usage := out.result.Usage
	if usage.Prompt < 1 || usage.Completion < 0 {
		t.Errorf("usage is %+v, want at least a prompt token", usage)
	}
	if out.text != "" && usage.Completion < 1 {
		t.Errorf("text %q and no completion tokens", out.text)
	}
	if out.result.Finish != "stop" && out.result.Finish != "length" {
		t.Errorf("finish is %q", out.result.Finish)
	}
	if s.IDs {
		s.checkIDs(t, out)
	} else if out.result.Metered != "reported" {
		t.Errorf("metered is %q, want reported", out.result.Metered)
	}
	return out
}

func (s suite) checkIDs(t *testing.T, out answer) {
	t.Helper()
	if out.result.Metered != "tokens" || len(out.result.Tokens) != out.result.Usage.Completion {
		t.Errorf("metered %q with %d ids and usage %+v", out.result.Metered, len(out.result.Tokens), out.result.Usage)
	}
	if len(out.tokens) != len(out.result.Tokens) {
		t.Fatalf("chunks had %d tokens, the result has %d", len(out.tokens), len(out.result.Tokens))
	}
	for i, token := range out.tokens {
		if token.ID != out.result.Tokens[i] {
			t.Fatalf("token %d of the chunks is %d, of the result %d", i, token.ID, out.result.Tokens[i])
		}
	}
}

func (s suite) try(t *testing.T, req engine.Request) (answer, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out answer
	var text strings.Builder
	result, err := s.Engine.Generate(ctx, req, func(chunk engine.Chunk) error {
		out.chunks++
		text.WriteString(chunk.Text)
		out.tokens = append(out.tokens, chunk.Tokens...)
		return nil
	})
	out.text, out.result = text.String(), result
	if errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%s: no end within %s", req.Kind, patience)
	}
	return out, err
}

// complete is a greedy completion of no more than most tokens.
func (s suite) complete(prompt string, most int) engine.Request {
	zero := 0.0
	return engine.Request{
		Kind: engine.Completion, Model: s.Model, Prompt: prompt, Raw: true, Stream: true,
		Options: engine.Options{MaxTokens: &most, Temperature: &zero},
	}
}

// converse is a greedy chat of no more than most tokens.
func (s suite) converse(most int, messages ...engine.Message) engine.Request {
	req := s.complete("", most)
	req.Kind, req.Raw, req.Messages = engine.Chat, false, messages
	return req
}

func wantKind(t *testing.T, err error, kind engine.ErrorKind) {
	t.Helper()
	if !engine.IsKind(err, kind) {
		t.Errorf("error is %v, want one of kind %s", err, kind)
	}
}
