package enginetest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"ayni.example/inference/dialect"
	"ayni.example/inference/engine"
	"ayni.example/inference/ollama"
	"ayni.example/inference/openai"
)

// Serve starts an HTTP server that speaks both dialects over an engine, and gives its URL. It ends with the test.
func Serve(tb testing.TB, served engine.Engine) string {
	tb.Helper()
	s := server{engine: served}
	mux := http.NewServeMux()
	for _, endpoint := range dialect.Endpoints() {
		mux.HandleFunc("POST "+endpoint, s.answer)
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "Ollama is running") })
	mux.HandleFunc("GET /v1/models", s.models)
	mux.HandleFunc("GET /api/tags", s.tags)
	mux.HandleFunc("POST /api/show", s.show)
	mux.HandleFunc("GET /api/version", func(w http.ResponseWriter, _ *http.Request) { send(w)(ollama.Version("0.17.4")) })
	listener := httptest.NewServer(mux)
	tb.Cleanup(listener.Close)
	return listener.URL
}

type server struct{ engine engine.Engine }

func (s server) answer(w http.ResponseWriter, r *http.Request) {
	endpoint := r.URL.Path
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, dialect.MaxBody))
	if err != nil {
		fail(w, endpoint, engine.Errorf(engine.TooLarge, "read body: %w", err))
		return
	}
	req, err := dialect.Parse(endpoint, body)
	if err != nil {
		fail(w, endpoint, err)
		return
	}
	reply := engine.Reply{Receipt: "r-test", Model: req.Model, Build: s.engine.Name(), Started: time.Now(), Now: time.Now}
	if strings.HasPrefix(endpoint, "/api/") && ollama.IsLoad(req) {
		w.Header().Set("Content-Type", "application/json")
		send(w)(ollama.NewWriter(endpoint, req, reply).Loaded())
		return
	}
	if req.Kind == engine.Embeddings {
		s.embed(w, r, req, reply)
		return
	}
	s.generate(w, r, req, reply)
}

func (s server) generate(w http.ResponseWriter, r *http.Request, req engine.Request, reply engine.Reply) {
	writer := dialect.NewWriter(r.URL.Path, req, reply)
	begun := false
	push := func(data []byte, err error) error {
		if err != nil || len(data) == 0 {
			return err
		}
		if !begun {
			w.Header().Set("Content-Type", writer.ContentType())
			begun = true
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
		return http.NewResponseController(w).Flush()
	}
	result, err := s.engine.Generate(r.Context(), req, func(chunk engine.Chunk) error { return push(writer.Chunk(chunk)) })
	if err == nil {
		err = push(writer.End(engine.End{Result: result}))
	}
	switch {
	case err == nil:
	case begun:
		_, _ = w.Write(writer.Fail(err))
	default:
		fail(w, r.URL.Path, err)
	}
}

func (s server) embed(w http.ResponseWriter, r *http.Request, req engine.Request, reply engine.Reply) {
	answer, err := s.engine.Embed(r.Context(), req)
	if err != nil {
		fail(w, r.URL.Path, err)
		return
	}
	send(w)(dialect.Embedding(r.URL.Path, req, reply, answer, ""))
}

func (s server) models(w http.ResponseWriter, r *http.Request) {
	models, err := s.engine.Models(r.Context())
	if err != nil {
		fail(w, r.URL.Path, err)
		return
	}
	listed := make([]openai.Listed, len(models))
	for i, model := range models {
		listed[i] = openai.Listed{Model: model, Owner: "test"}
	}
	send(w)(openai.Models(listed))
}

func (s server) tags(w http.ResponseWriter, r *http.Request) {
	models, err := s.engine.Models(r.Context())
	if err != nil {
		fail(w, r.URL.Path, err)
		return
	}
	listed := make([]ollama.Listed, len(models))
	for i, model := range models {
		listed[i] = ollama.Listed{Model: model}
	}
	send(w)(ollama.Tags(listed))
}

func (s server) show(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err == nil {
		var name string
		if name, err = ollama.ParseShow(body); err == nil {
			err = s.describe(w, r, name)
		}
	}
	if err != nil {
		fail(w, r.URL.Path, err)
	}
}

func (s server) describe(w http.ResponseWriter, r *http.Request, name string) error {
	models, err := s.engine.Models(r.Context())
	if err != nil {
		return err
	}
	at := slices.IndexFunc(models, func(m engine.Model) bool { return m.Name == name })
	if at < 0 {
		return engine.Errorf(engine.NotFound, "model '%s' not found", name)
	}
	send(w)(ollama.Show(ollama.Listed{Model: models[at]}))
	return nil
}

func send(w http.ResponseWriter) func([]byte, error) {
	return func(body []byte, err error) {
		if err != nil || !json.Valid(body) {
			fail(w, "", errors.Join(err, errors.New("the body is not JSON")))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body) // whoever hung up reads no error either
	}
}

func fail(w http.ResponseWriter, endpoint string, err error) {
	status, body := dialect.Error(endpoint, err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
