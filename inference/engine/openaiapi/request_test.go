package openaiapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/openaiapi"
)

// record answers with two pieces and no usage, and keeps what it was asked.
func record(t *testing.T, path *string, asked *map[string]any) *openaiapi.Engine {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*path, *asked = r.URL.Path+" "+r.Header.Get("Authorization"), nil
		if err := json.NewDecoder(r.Body).Decode(asked); err != nil {
			t.Errorf("read request: %v", err)
		}
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		_, _ = io.WriteString(w, ": hello\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"+
			"data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"b\"},\"finish_reason\":\"content_filter\"}]}\n\ndata: [DONE]\n\n")
	}))
	t.Cleanup(server.Close)
	e, err := openaiapi.New(openaiapi.Config{URL: server.URL + "/v1", Key: "sk-1"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRequestPassesEverythingOn(t *testing.T) {
	most, warm, seed := 5, 0.5, uint64(1)<<63|9
	options := engine.Options{MaxTokens: &most, Temperature: &warm, Seed: &seed, Stop: []string{"x"}, Logprobs: true, TopLogprobs: 2}
	tests := []struct {
		name, path, want string
		req              engine.Request
	}{
		{
			"chat", "/v1/chat/completions Bearer sk-1",
			`{"model":"m","max_tokens":5,"temperature":0.5,"seed":9,"stop":["x"],"logprobs":true,"top_logprobs":2,"stream":true,
			"stream_options":{"include_usage":true},"tools":[{}],"tool_choice":"required","reasoning_effort":"low",
			"response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"type":"object"}}},
			"messages":[{"role":"user","content":[{"type":"text","text":"look"},
			{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}]}`,
			engine.Request{
				Kind: engine.Chat, Tools: json.RawMessage(`[{}]`), ToolChoice: json.RawMessage(`"required"`),
				Format: json.RawMessage(`{"type":"object"}`), Think: json.RawMessage(`"low"`),
				Messages: []engine.Message{{Role: "user", Content: "look", Images: [][]byte{[]byte("\x89PNG\r\n\x1a\n")}}},
			},
		},
		{
			"raw completion", "/v1/completions Bearer sk-1",
			`{"model":"m","max_tokens":5,"temperature":0.5,"seed":9,"stop":["x"],"logprobs":2,"stream":true,
			"stream_options":{"include_usage":true},"prompt":"Once"}`,
			engine.Request{Kind: engine.Completion, Prompt: "Once", Raw: true},
		},
		{
			"completion through a template", "/v1/chat/completions Bearer sk-1",
			`{"model":"m","max_tokens":5,"temperature":0.5,"seed":9,"stop":["x"],"logprobs":true,"top_logprobs":2,"stream":true,
			"stream_options":{"include_usage":true},"response_format":{"type":"json_object"},
			"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Once"}]}`,
			engine.Request{Kind: engine.Completion, Prompt: "Once", System: "Be brief.", Format: json.RawMessage(`"json"`)},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var path string
			var asked, want map[string]any
			e := record(t, &path, &asked)
			test.req.Model, test.req.Options = "m", options
			chunks := 0
			result, err := e.Generate(t.Context(), test.req, func(engine.Chunk) error { chunks++; return nil })
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, asked); diff != "" || path != test.path {
				t.Errorf("%s: want - have +\n%s", path, diff)
			}
			// Without usage the pieces are counted, and a filter's cut is a cut.
			wantResult := engine.Result{Finish: "length", Usage: engine.Usage{Completion: 2}, Metered: "reported", Seed: seed}
			if diff := cmp.Diff(wantResult, result); diff != "" || chunks != 2 {
				t.Errorf("%d chunks, result: want - have +\n%s", chunks, diff)
			}
		})
	}
}
