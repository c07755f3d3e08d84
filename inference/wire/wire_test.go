package wire_test

import (
	"encoding/json"
	"errors"
	"testing"

	"ayni.example/inference/engine"
	"ayni.example/inference/wire"
	"ayni.example/p2p"
)

func chunk(text string, ids ...int32) engine.Chunk {
	c := engine.Chunk{Text: text}
	for _, id := range ids {
		c.Tokens = append(c.Tokens, engine.Token{ID: id})
	}
	return c
}

func TestAnswerText(t *testing.T) {
	calls := json.RawMessage(`[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\""}}]`)
	rest := json.RawMessage(`[{"index":0,"function":{"arguments":":1}"}}]`)
	tests := []struct {
		name    string
		chunks  []engine.Chunk
		want    string
		charged uint64
		ids     int
		shown   bool
	}{
		{"text", []engine.Chunk{chunk("a<", 1), chunk("é", 2, 3)}, "a<é", 3, 3, true},
		{"held text behind tokens", []engine.Chunk{chunk("a", 1), chunk("", 2), chunk("bc")}, "abc", 2, 2, true},
		{"opaque", []engine.Chunk{chunk("a"), chunk(""), chunk("b")}, "ab", 2, 0, false},
		{"text of unknown ids", []engine.Chunk{chunk("a", -1)}, "a", 1, 1, false},
		{"ids after text without", []engine.Chunk{chunk("a"), chunk("b", 1)}, "ab", 2, 1, false},
		{"thinking", []engine.Chunk{{Thinking: "hm"}, chunk("a")}, `{"text":"a","thinking":"hm","tool_calls":null}`, 2, 0, false},
		{
			"tool calls",
			[]engine.Chunk{{ToolCalls: calls}, {ToolCalls: rest}},
			`{"text":"","thinking":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}`, 2, 0, false,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var a wire.Answer
			for _, c := range test.chunks {
				if err := a.Add(c); err != nil {
					t.Fatal(err)
				}
			}
			text, err := a.Text()
			if err != nil || string(text) != test.want {
				t.Errorf("text %s, %v, want %s", text, err, test.want)
			}
			if ids, shown := a.IDs(); len(ids) != test.ids || shown != test.shown || a.Charged() != test.charged {
				t.Errorf("ids %v, shown %v, charged %d", ids, shown, a.Charged())
			}
		})
	}
}

func TestErrorTravels(t *testing.T) {
	sent := wire.ErrorOf(engine.Errorf(engine.Busy, "queue is full").WithHint("later"))
	got := sent.Err()
	if got.Kind != engine.Busy || got.Hint != "later" || !sent.Retry {
		t.Fatalf("%+v became %+v", sent, got)
	}
	if got := wire.ErrorOf(errors.New("open wallet.age: denied")); got.Cause != "internal error" || got.Kind != engine.Internal {
		t.Fatalf("an inner error is told: %+v", got)
	}
	if got := (&wire.Error{Kind: "made up"}).Err(); got.Kind != engine.Internal {
		t.Fatalf("kind %s", got.Kind)
	}
}

func TestSamplingRoundTrip(t *testing.T) {
	tokens, warm := 5, 0.5
	options := engine.Options{MaxTokens: &tokens, Temperature: &warm, Stop: []string{"\n<"}, TopLogprobs: 3}
	raw, err := wire.Sampling(options)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"max_tokens":5,"temperature":0.5,"stop":["\n<"],"top_logprobs":3}`; string(raw) != want {
		t.Fatalf("got %s, want %s", raw, want)
	}
	back, err := wire.ParseSampling(raw, 9)
	if err != nil || *back.MaxTokens != 5 || *back.Temperature != 0.5 || *back.Seed != 9 || back.Stop[0] != "\n<" {
		t.Fatalf("came back as %+v, %v", back, err)
	}
}

// FuzzAnswer adds chunks of any form: no panic, and never more charged than tokens or chunks came.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"text":"a","tokens":[{"id":1,"text":"a","logprob":0}]}`), []byte(`{"tool_calls":[{"index":0}]}`))
	f.Add([]byte(`{"tool_calls":[{"index":-1}]}`), []byte(`{"tool_calls":{}}`))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var a wire.Answer
		most := uint64(0)
		for _, body := range [][]byte{first, second} {
			var c engine.Chunk
			if p2p.DecodeFrame(body, &c) != nil || a.Add(c) != nil {
				return
			}
			most += uint64(max(len(c.Tokens), 1))
		}
		if _, err := a.Text(); err != nil {
			t.Fatal(err)
		}
		if a.Charged() > most {
			t.Fatalf("charged %d of %d", a.Charged(), most)
		}
	})
}
