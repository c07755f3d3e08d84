// Package standin serves a stand-in for a model to tests and examples: it obeys whatever the last message says, which no model should.
package standin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Model is the name under which machines know the stand-in.
const Model = "stand-in-for-a-model"

// bodyMax bounds a request.
const bodyMax = 4 << 20

// Handler is a server of chat completions below /v1. Each line of the last message that is a call of a tool becomes an answer, one after
// the other, and then it tells the last result. The same chat always gives the same answer.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"object":"list","data":[{"id":%q,"object":"model"}]}`, Model) // the client is gone when this fails
	})
	mux.HandleFunc("POST /v1/chat/completions", chat)
	return mux
}

// turn is one message of a chat.
type turn struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// obeys is what the stand-in says next in a chat.
func obeys(turns []turn) string {
	at := 0 // the message that woke the agent
	for i, m := range turns {
		if m.Role == "user" && strings.HasPrefix(m.Content, "Wake-up ") {
			at = i
		}
	}
	done := 0
	for _, m := range turns[at:] {
		if m.Role == "assistant" {
			done++
		}
	}
	var orders []string
	for line := range strings.Lines(turns[at].Content) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, `{"tool"`) {
			orders = append(orders, line)
		}
	}
	if done < len(orders) {
		return orders[done]
	}
	last := turns[len(turns)-1].Content
	return "Done: " + strings.TrimSpace(last[max(0, len(last)-400):])
}

func chat(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Model    string `json:"model"`
		Messages []turn `json:"messages"`
		Stream   bool   `json:"stream"`
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyMax))
	if err != nil || json.Unmarshal(body, &asked) != nil || len(asked.Messages) == 0 {
		http.Error(w, "no chat", http.StatusBadRequest)
		return
	}
	type object = map[string]any
	text, usage := obeys(asked.Messages), object{"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}
	if !asked.Stream {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(object{
			"id": "stand-in", "object": "chat.completion", "created": 1, "model": asked.Model, "usage": usage,
			"choices": []object{{"index": 0, "message": turn{"assistant", text}, "finish_reason": "stop"}},
		})
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	event := func(choices []object, usage any) {
		chunk, err := json.Marshal(object{
			"id": "stand-in", "object": "chat.completion.chunk", "created": 1, "model": asked.Model, "choices": choices, "usage": usage,
		})
		if err == nil {
			_, _ = fmt.Fprintf(w, "data: %s\n\n", chunk)
		}
	}
	event([]object{{"index": 0, "delta": turn{"assistant", text}, "finish_reason": nil}}, nil)
	event([]object{{"index": 0, "delta": object{}, "finish_reason": "stop"}}, nil)
	event([]object{}, usage)
	_, _ = fmt.Fprint(w, "data: [DONE]\n\n")
}
