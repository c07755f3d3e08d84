package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

const (
	mockModel = "mock-1"
	mockWords = 32 // words of the answer, one event each
	chatPath  = "/v1/chat/completions"
)

const (
	wholeBody  = `{"model":"mock-1","messages":[{"role":"user","content":"Say something that I know already."}]}`
	streamBody = `{"model":"mock-1","messages":[{"role":"user","content":"Say something that I know already."}],"stream":true,` +
		`"stream_options":{"include_usage":true}}`
)

// upstream is an OpenAI-compatible server that always says the same at once.
func upstream() http.Handler {
	whole, events := answers()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"object":"list","data":[{"id":%q,"object":"model","created":1,"owned_by":"bench"}]}`, mockModel)
	})
	mux.HandleFunc("POST "+chatPath, func(w http.ResponseWriter, r *http.Request) {
		var ask struct {
			Stream bool `json:"stream"`
		}
		if err := decodeJSON(http.MaxBytesReader(w, r.Body, 1<<20), &ask); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if !ask.Stream {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, whole)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		flusher := http.NewResponseController(w)
		for _, e := range events {
			_, _ = io.WriteString(w, e)
			_ = flusher.Flush()
		}
	})
	return mux
}

// answers are the fixed answer as one body and as server-sent events.
func answers() (whole string, events []string) {
	const usage = `"usage":{"prompt_tokens":12,"completion_tokens":32,"total_tokens":44}`
	whole = fmt.Sprintf(`{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":%q,"choices":[{"index":0,"message":`+
		`{"role":"assistant","content":%q},"finish_reason":"stop"}],%s}`, mockModel, strings.Repeat("word ", mockWords), usage)
	event := func(choices, rest string) {
		events = append(events, fmt.Sprintf(`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":%q,"choices":[%s]%s}`+
			"\n\n", mockModel, choices, rest))
	}
	event(`{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}`, "")
	for range mockWords {
		event(`{"index":0,"delta":{"content":"word "},"finish_reason":null}`, "")
	}
	event(`{"index":0,"delta":{},"finish_reason":"stop"}`, "")
	event("", ","+usage)
	return whole, append(events, "data: [DONE]\n\n")
}

// decodeJSON reads one value.
func decodeJSON(r io.Reader, into any) error {
	if err := json.NewDecoder(r).Decode(into); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return nil
}
