package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ayni.example/inference/engine"
)

func TestAsError(t *testing.T) {
	known := engine.Errorf(engine.Busy, "%d wait", 3).WithHint("later")
	tests := []struct {
		name   string
		err    error
		kind   engine.ErrorKind
		status int
		text   string
	}{
		{"typed", fmt.Errorf("ask: %w", known), engine.Busy, 429, "3 wait (later)"},
		{"cancelled", fmt.Errorf("ask: %w", context.Canceled), engine.Unavailable, 503, "the request was cancelled"},
		{
			"deadline", context.DeadlineExceeded, engine.Unavailable, 503,
			"the answer took too long (try again, or ask for fewer tokens)",
		},
		{
			"secret", errors.New("password is hunter2"), engine.Internal, 500,
			"internal error (the log of the machine that answers says more)",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			typed := engine.AsError(test.err)
			if typed.Kind != test.kind || typed.Kind.Status() != test.status || typed.Error() != test.text {
				t.Errorf("kind %s, status %d, %q", typed.Kind, typed.Kind.Status(), typed)
			}
			if !errors.Is(typed, test.err) && test.name != "typed" {
				t.Error("the cause is lost")
			}
		})
	}
}

func TestToolCalls(t *testing.T) {
	tests := []struct {
		name   string
		deltas []string
		want   []engine.ToolCall
		fails  bool
	}{
		{"none", []string{""}, nil, false},
		{
			"pieces of two",
			[]string{
				`[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]`,
				`[{"index":0,"function":{"arguments":"{\"x\":"}},{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]`,
				`[{"index":0,"function":{"arguments":"1}"}}]`,
			},
			[]engine.ToolCall{
				{ID: "a", Type: "function", Function: engine.ToolFunction{Name: "f", Arguments: `{"x":1}`}},
				{ID: "b", Type: "function", Function: engine.ToolFunction{Name: "g", Arguments: `{}`}},
			},
			false,
		},
		{
			"whole, as in a message",
			[]string{`[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"g","arguments":""}}]`},
			[]engine.ToolCall{
				{ID: "a", Type: "function", Function: engine.ToolFunction{Name: "f", Arguments: `{}`}},
				{ID: "b", Type: "function", Function: engine.ToolFunction{Name: "g"}},
			},
			false,
		},
		{"a gap", []string{`[{"index":1,"function":{"name":"f","arguments":""}}]`}, nil, true},
		{"a negative index", []string{`[{"index":-1,"function":{"name":"f","arguments":""}}]`}, nil, true},
		{"no array", []string{`{}`}, nil, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var calls engine.ToolCalls
			var err error
			for _, delta := range test.deltas {
				if err = calls.Add(json.RawMessage(delta)); err != nil {
					break
				}
			}
			if (err != nil) != test.fails {
				t.Fatalf("error is %v", err)
			}
			if diff := cmp.Diff(test.want, calls.Calls()); diff != "" {
				t.Errorf("want - have +\n%s", diff)
			}
		})
	}
}

func TestToolCallsAreBounded(t *testing.T) {
	var calls engine.ToolCalls
	delta := json.RawMessage(`[{"function":{"name":"f","arguments":""}}]`)
	for range 1000 {
		if err := calls.Add(delta); err != nil {
			return
		}
	}
	t.Error("a thousand tool calls were taken")
}

// FuzzChunk checks that a chunk crosses the wire whole, tokens that are part of a character too.
func FuzzChunk(f *testing.F) {
	f.Add("text", "tok\xff", "\xe4", int32(7), float32(-1.5))
	f.Add("", "", "\u2028<&>", int32(-1), float32(0))
	f.Fuzz(func(t *testing.T, text, token, alt string, id int32, logprob float32) {
		if logprob != logprob || logprob-logprob != 0 {
			t.Skip("log-probabilities are finite")
		}
		chunk := engine.Chunk{Tokens: []engine.Token{{ID: id, Text: token, Logprob: logprob, Top: []engine.Alt{{ID: id, Text: alt, Logprob: logprob}}}}}
		chunk.Text = string([]rune(text)) // text is UTF-8 by contract
		wire, err := json.Marshal(chunk)
		if err != nil {
			t.Fatal(err)
		}
		var back engine.Chunk
		if err := json.Unmarshal(wire, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(chunk, back); diff != "" {
			t.Errorf("%s: want - have +\n%s", wire, diff)
		}
	})
}
