package dialect_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ayni.example/inference/dialect"
	"ayni.example/inference/engine"
)

// FuzzParse checks for every endpoint that a body is refused with a kind that blames it, or that the answer to it can be
// written and its text found again.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/adapt/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	endpoints := dialect.Endpoints()
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		input, _, _ := strings.Cut(string(raw), divider)
		endpoint, body, _ := strings.Cut(input, "\n")
		f.Add(uint8(max(0, slices.Index(endpoints, endpoint))), []byte(body))
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		endpoint := endpoints[int(which)%len(endpoints)]
		req, err := dialect.Parse(endpoint, body)
		if err != nil {
			typed, ok := errors.AsType[*engine.Error](err)
			blames := []engine.ErrorKind{engine.Invalid, engine.Unsupported, engine.TooLarge}
			if !ok || !slices.Contains(blames, typed.Kind) || typed.Cause == "" {
				t.Fatalf("error is %#v", err)
			}
			return
		}
		if req.Model == "" || (req.Kind == engine.Embeddings) != (len(req.Input) > 0) {
			t.Fatalf("request is %+v", req)
		}
		if req.Kind == engine.Embeddings && len(req.Input) > 2 {
			req.Input = req.Input[:2] // as many as the fixed answer has
		}
		respond(t, endpoint, req)
	})
}

// FuzzText checks that no bytes do harm, and that what is no answer is said to be none.
func FuzzText(f *testing.F) {
	files, err := filepath.Glob("testdata/adapt/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	endpoints := dialect.Endpoints()
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		parts := strings.SplitN(string(raw), divider, 3)
		endpoint, _, _ := strings.Cut(parts[0], "\n")
		_, body, _ := strings.Cut(parts[len(parts)-1], "\n")
		f.Add(uint8(max(0, slices.Index(endpoints, endpoint))), []byte(body))
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		endpoint := endpoints[int(which)%len(endpoints)]
		first, err := dialect.Text(endpoint, body)
		if err != nil && !errors.Is(err, dialect.ErrNoAnswer) {
			t.Fatalf("error is %v", err)
		}
		if again, _ := dialect.Text(endpoint, body); again != first {
			t.Fatalf("text is %q and then %q", first, again)
		}
	})
}

func TestTextRefuses(t *testing.T) {
	tests := []struct{ name, endpoint, body string }{
		{"nothing", "/v1/chat/completions", ""},
		{"not JSON", "/v1/completions", "<html>"},
		{"an error", "/v1/chat/completions", `{"error":{"message":"no"}}`},
		{"an error in a stream", "/api/chat", `{"message":{"content":"a"}}` + "\n" + `{"error":"no"}`},
		{"a broken event", "/v1/chat/completions", "data: {\n\n"},
		{"a broken vector", "/v1/embeddings", `{"data":[{"embedding":"AAA="}]}`},
		{"a vector that is no number", "/v1/embeddings", `{"data":[{"embedding":"AADAfw=="}]}`},
		{"an unknown endpoint", "/v1/audio", `{}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if text, err := dialect.Text(test.endpoint, []byte(test.body)); !errors.Is(err, dialect.ErrNoAnswer) {
				t.Errorf("text is %q, error %v, want ErrNoAnswer", text, err)
			}
		})
	}
}
