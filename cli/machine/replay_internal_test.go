package machine

import (
	"testing"

	"ayni.example/inference/engine"
	"ayni.example/inference/wire"
	"ayni.example/receipt"
)

// TestBoundOfReceipt takes over a bound only where it ended the answer before the request's own would have.
func TestBoundOfReceipt(t *testing.T) {
	number := func(n int) *int { return &n }
	for name, c := range map[string]struct {
		signed, asked, want *int
		finish              string
		told                bool
	}{
		"none":                 {nil, number(9), number(9), "length", false},
		"the request's":        {number(9), number(9), number(9), "length", false},
		"lower":                {number(5), number(9), number(5), "length", true},
		"where none was asked": {number(5), nil, number(5), "length", true},
		"higher":               {number(50), number(9), number(9), "length", false},
		"not reached":          {number(5), number(9), number(9), "stop", false},
	} {
		raw, err := wire.Sampling(engine.Options{MaxTokens: c.signed})
		if err != nil {
			t.Fatal(err)
		}
		req := engine.Request{Options: engine.Options{MaxTokens: c.asked}}
		note, err := bound(&req, receipt.Receipt{Sampling: raw, Finish: c.finish})
		have := req.Options.MaxTokens
		if err != nil || (note != "") != c.told || (have == nil) != (c.want == nil) || have != nil && *have != *c.want {
			t.Errorf("%s: %v, %q, %v", name, have, note, err)
		}
	}
}
