package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
)

// TestPriceListTellsUpstream: what goes to a model's owner and ancestors stands beside its price.
func TestPriceListTellsUpstream(t *testing.T) {
	shared := offer("p", "poems", "a", 5, 1)
	shared.Upstream = 325_000
	c := newCatalog(t, &world{offers: []gateway.Offered{shared}})
	routes, err := c.Routes(t.Context(), "poems", gateway.Preference{})
	if err != nil || len(routes) != 1 || routes[0].Upstream != 325_000 {
		t.Errorf("%+v, %v", routes, err)
	}
}

// TestNotPaidAgainstTerms: a model that its owner does not allow to be paid for is no candidate; the refusal says which term of which
// asset, and a machine's own answer costs nothing and stays.
func TestNotPaidAgainstTerms(t *testing.T) {
	barred := offer("p", "poems", "a", 5, 1)
	barred.Forbidden = "commercial: asset aa (poems) may not be used for money"
	w := &world{offers: []gateway.Offered{barred, offer("p", "prose", "b", 5, 1)}}
	c := newCatalog(t, w)
	for _, name := range []string{"poems", strings.Repeat("a", 64)} {
		_, err := c.Routes(t.Context(), name, gateway.Preference{})
		typed := engine.AsError(err)
		if typed.Kind != engine.Forbidden || typed.Kind.Status() != http.StatusForbidden || !strings.Contains(typed.Cause, barred.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if routes, err := c.Routes(t.Context(), "prose", gateway.Preference{}); err != nil || len(routes) != 1 {
		t.Errorf("another model: %v, %v", routes, err)
	}
	w = &world{offers: []gateway.Offered{barred}, models: []engine.Model{{Name: "poems", Digest: strings.Repeat("a", 64)}}}
	if routes, err := newCatalog(t, w).Routes(t.Context(), "poems", gateway.Preference{}); err != nil || len(routes) != 1 || !routes[0].Local {
		t.Errorf("on this machine: %v, %v", routes, err)
	}
}
