package gateway

import (
	"context"
	"net/http"

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
		if !g.cfg.Payments.Serve(w, r, paid) {
			challenge(w, r)
			writeError(w, r.URL.Path, engine.Errorf(engine.Unauthorised, "this model is not sold for a payment on the spot: an api key is needed").
				WithHint("the owner lists what has a price with `ayni payments list`"))
		}
	})
}

// charge tells the payment what an answer used.
func (x *exchange) charge() {
	if paid := x402.PaidBy(x.r.Context()); paid != nil {
		paid.Meter.Tokens(x.visit.input, x.visit.output)
	}
}
