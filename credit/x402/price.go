package x402

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"cosmossdk.io/math"

	"ayni.example/internal/ethkey"
)

// Price is what a route costs.
type Price struct {
	Method string // of the requests; empty: any
	Path   string // of the requests; a star at the end stands for anything
	Model  string // that the body's field "model" asks for; empty: any
	Tool   string // that is called, where programs speak the Model Context Protocol; empty: any
	Payee  []byte // account that is paid; empty: the seller's own
	Scheme string
	// Amount is the price ("exact"), or the most that one request may cost ("upto").
	Amount math.Int
	// Input and Output are acredit for a token, of "upto".
	Input, Output math.Int
	Description   string
}

// Validate checks a price's form.
func (p Price) Validate() error {
	switch {
	case !strings.HasPrefix(p.Path, "/") || strings.Contains(strings.TrimSuffix(p.Path, "*"), "*") || len(p.Path) > 200:
		return fmt.Errorf("path %q: want one such as /v1/chat/completions or /mcp/*", p.Path)
	case p.Tool != "" && (!p.speaksMCP() || p.Model != "" || len(p.Tool) > 200):
		return fmt.Errorf("tool %q: only what is below %s has tools, and then there is no model beside it", p.Tool, toolPaths)
	case len(p.Payee) != 0 && len(p.Payee) != ethkey.AddressSize:
		return errors.New("the payee is no account")
	case p.Amount.IsNil() || !p.Amount.IsPositive():
		return errors.New("a price is more than nothing")
	case p.Scheme == Exact:
		return nil
	case p.Scheme != Upto:
		return fmt.Errorf("scheme %q: want %s or %s", p.Scheme, Exact, Upto)
	case p.Input.IsNil() || p.Output.IsNil() || p.Input.IsNegative() || p.Output.IsNegative() || p.Input.IsZero() && p.Output.IsZero():
		return errors.New("the scheme upto needs a price of input or output tokens")
	}
	return nil
}

// covers tells whether the price is for requests of this method and path, whatever their model.
func (p Price) covers(method, path string) bool {
	if p.Method != "" && p.Method != method {
		return false
	}
	if prefix, found := strings.CutSuffix(p.Path, "*"); found {
		return strings.HasPrefix(path, prefix)
	}
	return p.Path == path
}

// toolPaths begin the paths at which programs speak the Model Context Protocol. Only calls of tools cost something there: a client has
// to be told of a tool before it can want it.
const toolPaths = "/mcp"

func (p Price) speaksMCP() bool { return strings.HasPrefix(p.Path, toolPaths) }

// priceOf is the price of a request: that of its model or tool goes before one of any, the first before those after it.
func priceOf(prices []Price, method, path string, body []byte) (Price, bool) {
	model, tool, looked := "", "", false
	var found *Price
	for i, p := range prices {
		if !p.covers(method, path) {
			continue
		}
		if !looked && (p.Model != "" || strings.HasPrefix(path, toolPaths)) {
			model, tool, looked = modelOf(body), toolOf(body), true
		}
		switch {
		case strings.HasPrefix(path, toolPaths) && tool == "":
			return Price{}, false
		case p.Model == "" && p.Tool == "":
			if found == nil {
				found = &prices[i]
			}
		case p.Model != "" && p.Model == model, p.Tool != "" && p.Tool == tool:
			return p, true
		}
	}
	if found == nil {
		return Price{}, false
	}
	return *found, true
}

// toolOf is the tool that a message calls; "" for another message.
func toolOf(body []byte) string {
	var message struct {
		Method string `json:"method"`
		Params struct {
			Name string `json:"name"`
		} `json:"params"`
	}
	if json.Unmarshal(body, &message) != nil || message.Method != "tools/call" {
		return ""
	}
	return message.Params.Name
}

func modelOf(body []byte) string {
	var asked struct {
		Model string `json:"model"`
	}
	if json.Unmarshal(body, &asked) != nil || asked.Model == "" {
		return "\x00" // no model's name
	}
	return asked.Model
}

// Meter is what a handler that is paid by use reports to; the zero of it charges nothing.
type Meter struct {
	price Price
	used  math.Int
}

// Tokens adds what a request used.
func (m *Meter) Tokens(input, output int) {
	if m == nil || m.price.Scheme != Upto {
		return
	}
	m.used = m.used.Add(m.price.Input.MulRaw(int64(input))).Add(m.price.Output.MulRaw(int64(output)))
}

// charge is what is to be paid, at most the most.
func (m *Meter) charge() math.Int { return math.MinInt(m.used, m.price.Amount) }
