package gateway

import (
	"context"
	"net/http"
	"strings"

	"ayni.example/credit/x402"
	"ayni.example/inference/engine"
)

// unpaid is a caller without a key on a route that has a price.
const unpaid = "unpaid"

// paying has callers without a key pay for routes that have a price.
func (g *Gateway) paying(next http.Handler) http.Handler {
	if g.cfg.Payments == nil {
		return next
	}
	paid := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := caller{payer: x402.PaidBy(r.Context()).Payer}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, who)))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if callerOf(r).payer != unpaid {
			next.ServeHTTP(w, r)
			return
		}
		// Who has paid already gets what it paid for.
		if g.cfg.Unsold != nil && r.Header.Get(x402.SignatureHeader) == "" {
			if err := g.cfg.Unsold(r); err != nil {
				writeError(w, r.URL.Path, engine.Errorf(engine.Unavailable, "%s", err))
				return
			}
		}
		switch {
		case g.cfg.Payments.Serve(w, r, paid): //nolint:contextcheck // it has the context of r
		case speaksMCP(r.URL.Path): // a client is told of tools before it pays; those that cost refuse it
			next.ServeHTTP(w, r)
		default:
			challenge(w, r)
			writeError(w, r.URL.Path, engine.Errorf(engine.Unauthorised, "this model is not sold for a payment on the spot: an api key is needed").
				WithHint("the owner lists what has a price with `ayni payments list`"))
		}
	})
}

// speaksMCP tells whether a path is that of the network's or an agent's server.
func speaksMCP(path string) bool { return path == "/mcp" || strings.HasPrefix(path, "/mcp/agents/") }

// priced tells whether whoever has no key may pay at a path. The vault is never sold: it opens to its owner's tokens.
func priced(p *x402.Server) func(*http.Request) bool {
	return func(r *http.Request) bool {
		if speaksMCP(r.URL.Path) && r.Method != http.MethodPost { // of the same session
			r = r.Clone(r.Context())
			r.Method = http.MethodPost
		}
		return !strings.HasPrefix(r.URL.Path, "/mcp/vault") && p.Priced(r)
	}
}

// charge tells the payment what an answer used.
func (x *exchange) charge(ctx context.Context) {
	if paid := x402.PaidBy(ctx); paid != nil {
		paid.Meter.Tokens(x.visit.input, x.visit.output)
	}
}
