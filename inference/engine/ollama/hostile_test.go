package ollama_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/enginetest"
	"ayni.example/inference/engine/ollama"
)

func hostile(tb testing.TB) enginetest.Hostile {
	tb.Helper()
	return enginetest.Hostile{
		Type:  "application/x-ndjson",
		Piece: `{"message":{"content":"Once"},"response":"Once","done":false}` + "\n",
		New: func(url string, client *http.Client) engine.Engine {
			e, err := ollama.New(ollama.Config{URL: url, HTTP: client})
			if err != nil {
				tb.Fatal(err)
			}
			return e
		},
	}
}

func TestHostileBackend(t *testing.T) { enginetest.RunHostile(t, hostile(t)) }

func FuzzStream(f *testing.F) {
	enginetest.Fuzz(
		f, hostile(f),
		`{"response":"a","thinking":"b","logprobs":[{"token":"a","logprob":-1,"bytes":[97,300],"top_logprobs":[{}]}],"done":true,"eval_count":1}`,
		`{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"a":1}}},{"function":{}}]}}`+"\n"+`{"done":true,"done_reason":"length"}`,
		`{"error":"no"}`, `{"error":{}}`, `{"done":true,"eval_count":-1}`,
	)
}

func TestSilenceEnds(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-ndjson")
		_, _ = w.Write([]byte(`{"response":"a"}` + "\n"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer server.Close()
	e, err := ollama.New(ollama.Config{URL: server.URL, Quiet: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	_, err = e.Generate(t.Context(), engine.Request{Kind: engine.Completion, Model: "m", Prompt: "a"}, func(c engine.Chunk) error {
		time.Sleep(100 * time.Millisecond) // our own slowness is not the backend's silence
		text += c.Text
		return nil
	})
	if text != "a" || !engine.IsKind(err, engine.Unavailable) {
		t.Errorf("text %q, error %v, want Unavailable after the first piece", text, err)
	}
}

func TestFind(t *testing.T) {
	url := backend(t)
	if version, ok := ollama.Find(t.Context(), url); !ok || version != "0.17.4" {
		t.Errorf("found %q, %v", version, ok)
	}
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	if version, ok := ollama.Find(t.Context(), server.URL); ok {
		t.Errorf("found %q where there is none", version)
	}
}

func TestNewRefusesAddresses(t *testing.T) {
	for _, url := range []string{"127.0.0.1:11434", "ftp://a", "http://", "http://user:secret@host"} {
		if _, err := ollama.New(ollama.Config{URL: url}); err == nil {
			t.Errorf("%q was taken", url)
		}
	}
}
