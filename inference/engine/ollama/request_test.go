package ollama_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ayni.example/inference/engine"
)

// record answers every chat with a tool call and keeps what it was asked.
func record(t *testing.T, asked *map[string]any) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(asked); err != nil {
			t.Errorf("read request: %v", err)
		}
		w.Header().Set("Content-Type", "application/x-ndjson")
		_, _ = io.WriteString(w, `{"message":{"thinking":"hm","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]}}
{"message":{"content":"","tool_calls":[{"id":"x","function":{"name":"g","arguments":{}}}]}}
{"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":2}
`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestRequestPassesEverythingOn(t *testing.T) {
	var asked map[string]any
	e := client(t, record(t, &asked))
	most, warm, seed, none := 5, 0.5, uint64(1)<<63|9, 0
	req := engine.Request{
		Kind: engine.Chat, Model: "m", Tools: json.RawMessage(`[{"type":"function"}]`), Format: json.RawMessage(`{"type":"object"}`),
		Think: json.RawMessage(`"low"`),
		Messages: []engine.Message{
			{Role: "user", Content: "look", Images: [][]byte{{1, 2, 3}}},
			{Role: "assistant", ToolCalls: json.RawMessage(`[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]`)},
			{Role: "tool", Content: "42", Name: "f", ToolCallID: "c"},
		},
		Options: engine.Options{
			MaxTokens: &most, Temperature: &warm, Seed: &seed, TopK: &none, Stop: []string{"x"}, ContextLength: 99, Logprobs: true, TopLogprobs: 2,
		},
	}
	var chunks []engine.Chunk
	result, err := e.Generate(t.Context(), req, func(c engine.Chunk) error { chunks = append(chunks, c); return nil })
	if err != nil {
		t.Fatal(err)
	}
	want := `{
		"model":"m", "stream":true, "truncate":false, "shift":false, "logprobs":true, "top_logprobs":2, "think":"low",
		"tools":[{"type":"function"}], "format":{"type":"object"},
		"options":{"num_predict":5,"temperature":0.5,"seed":9,"top_k":0,"stop":["x"],"num_ctx":99},
		"messages":[
			{"role":"user","content":"look","images":["AQID"]},
			{"role":"assistant","content":"","tool_calls":[{"id":"c","function":{"name":"f","arguments":{"a":1}}}]},
			{"role":"tool","content":"42","tool_name":"f","tool_call_id":"c"}
		]
	}`
	var expected map[string]any
	if err := json.Unmarshal([]byte(want), &expected); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(expected, asked); diff != "" {
		t.Errorf("request: want - have +\n%s", diff)
	}
	var calls engine.ToolCalls
	thinking := ""
	for _, chunk := range chunks {
		thinking += chunk.Thinking
		if err := calls.Add(chunk.ToolCalls); err != nil {
			t.Fatal(err)
		}
	}
	wantCalls := []engine.ToolCall{
		{ID: "call_0", Type: "function", Function: engine.ToolFunction{Name: "f", Arguments: `{"a":1}`}},
		{ID: "x", Type: "function", Function: engine.ToolFunction{Name: "g", Arguments: `{}`}},
	}
	if diff := cmp.Diff(wantCalls, calls.Calls()); diff != "" || thinking != "hm" {
		t.Errorf("thinking %q, calls: want - have +\n%s", thinking, diff)
	}
	wantResult := engine.Result{Finish: "tool_calls", Usage: engine.Usage{Prompt: 3, Completion: 2}, Metered: "reported", Seed: seed}
	if diff := cmp.Diff(wantResult, result); diff != "" {
		t.Errorf("result: want - have +\n%s", diff)
	}
}

func TestToolsCannotBeForced(t *testing.T) {
	var asked map[string]any
	e := client(t, record(t, &asked))
	req := engine.Request{Kind: engine.Chat, Model: "m", Messages: []engine.Message{{Role: "user", Content: "a"}}, Tools: json.RawMessage(`[{}]`)}
	req.ToolChoice = json.RawMessage(`"required"`)
	if _, err := e.Generate(t.Context(), req, nil); !engine.IsKind(err, engine.Unsupported) {
		t.Errorf("error is %v, want Unsupported", err)
	}
}
