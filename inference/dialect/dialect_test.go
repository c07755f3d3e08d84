package dialect_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ayni.example/inference/dialect"
	"ayni.example/inference/engine"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const divider = "\n----------\n"

// TestAdapt reads files of an endpoint and a request, and after a line of dashes what becomes of it: the internal request and
// the response to a fixed answer, or the error.
func TestAdapt(t *testing.T) {
	files, err := filepath.Glob("testdata/adapt/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, want, ok := strings.Cut(string(raw), divider)
			endpoint, body, more := strings.Cut(input, "\n")
			if !ok || !more {
				t.Fatalf("%s has no divider or no body", file)
			}
			output := adapt(t, endpoint, []byte(body))
			if *update {
				if err := os.WriteFile(file, []byte(input+divider+output), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, output); diff != "" {
				t.Errorf("want - have +\n%s", diff)
			}
			if failed := strings.HasPrefix(output, "status "); failed != strings.HasPrefix(name, "error_") {
				t.Errorf("the name does not say whether it fails: %s", output)
			}
		})
	}
}

func adapt(t *testing.T, endpoint string, body []byte) string {
	t.Helper()
	req, err := dialect.Parse(endpoint, body)
	if err != nil {
		status, answer := dialect.Error(endpoint, err)
		if !json.Valid(answer) {
			t.Errorf("the error is not JSON: %s", answer)
		}
		return fmt.Sprintf("status %d\n%s\n", status, answer)
	}
	inner, err := json.MarshalIndent(req, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	kind, response := respond(t, endpoint, req)
	return fmt.Sprintf("%s%s%s\n%s\n", inner, divider, kind, response)
}

// respond writes the fixed answer and checks that its text is found again.
func respond(t *testing.T, endpoint string, req engine.Request) (contentType, body string) {
	t.Helper()
	if req.Kind == engine.Embeddings {
		answer := engine.Embedding{Vectors: [][]float32{{0.6, -0.8}, {1, 1e-7}}[:len(req.Input)], Usage: engine.Usage{Prompt: 5}}
		out, err := dialect.Embedding(endpoint, req, reply(), answer, "0.01")
		if err != nil {
			t.Fatal(err)
		}
		want, err := answer.Text()
		if err != nil {
			t.Fatal(err)
		}
		checkText(t, endpoint, out, want)
		return "application/json", string(out)
	}
	chunks, want, end := story(req)
	writer := dialect.NewWriter(endpoint, req, reply())
	var out []byte
	for _, chunk := range chunks {
		data, err := writer.Chunk(chunk)
		if err != nil {
			t.Fatal(err)
		}
		if !req.Stream && len(data) > 0 {
			t.Errorf("a whole answer begins early: %s", data)
		}
		out = append(out, data...)
	}
	data, err := writer.End(end)
	if err != nil {
		t.Fatal(err)
	}
	out = append(out, data...)
	checkText(t, endpoint, out, want)
	return writer.ContentType(), string(out)
}

func checkText(t *testing.T, endpoint string, response []byte, want string) {
	t.Helper()
	text, err := dialect.Text(endpoint, response)
	if err != nil || text != want {
		t.Errorf("text is %q, %v; want %q", text, err, want)
	}
}

// reply has a clock that goes on by half a second whenever it is read.
func reply() engine.Reply {
	start := time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	now := start
	return engine.Reply{
		Receipt: "r-abc", Model: "m", Build: "ayni-exact/1", Started: start,
		Now: func() time.Time { now = now.Add(500 * time.Millisecond); return now },
	}
}

func story(req engine.Request) (chunks []engine.Chunk, text string, end engine.End) {
	end = engine.End{Result: engine.Result{Finish: "stop", Usage: engine.Usage{Prompt: 7, Completion: 3}}, Cost: "0.25"}
	if req.Kind == engine.Prediction {
		text = `{"output":[7,-2147483647],"proof":"AAEC/w=="}`
		return []engine.Chunk{{Text: text[:9]}, {Text: text[9:]}}, text, end
	}
	if len(req.Think) > 0 {
		chunks = append(chunks, engine.Chunk{Thinking: "Hmm. "}, engine.Chunk{Thinking: "A story."})
	}
	if len(req.Tools) > 0 {
		end.Result.Finish = "tool_calls"
		return append(
			chunks,
			engine.Chunk{ToolCalls: json.RawMessage(`[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":""}}]`)},
			engine.Chunk{ToolCalls: json.RawMessage(`[{"index":0,"function":{"arguments":"{\"city\":"}}]`)},
			engine.Chunk{ToolCalls: json.RawMessage(`[{"index":0,"function":{"arguments":"\"Cusco\"}"}},{"index":1,"id":"call_2","function":{"name":"now","arguments":"{}"}}]`)},
		), "", end
	}
	end.Result.Finish = "length"
	top := []engine.Alt{{ID: 1, Text: "<a>", Logprob: -0.25}, {ID: 2, Text: "\xc3", Logprob: -1.5}}
	return append(
		chunks,
		engine.Chunk{Text: "<a>", Tokens: []engine.Token{{ID: 1, Text: "<a>", Logprob: -0.25, Top: top}}},
		engine.Chunk{Tokens: []engine.Token{{ID: 2, Text: "\xc3", Logprob: -1.5, Top: top}}},
		engine.Chunk{Text: "ñ & \"co\"", Tokens: []engine.Token{{ID: 3, Text: "\xb1 & \"co\"", Logprob: 0}}},
	), "<a>ñ & \"co\"", end
}
