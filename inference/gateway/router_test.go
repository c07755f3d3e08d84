package gateway_test

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
	"ayni.example/x/inference"
	"ayni.example/x/provider"
)

type world struct {
	now    time.Time
	models []engine.Model
	offers []gateway.Offered
	err    error
	asked  int
}

func (w *world) LocalModels(context.Context) ([]engine.Model, error) { return w.models, nil }

func (w *world) Offers(context.Context) ([]gateway.Offered, error) {
	w.asked++
	return w.offers, w.err
}

// offer makes an offer of the model whose digest begins with the given digit, registered at a height under its own name.
func offer(by, name, digit string, price, height int64) gateway.Offered {
	digest, err := hex.DecodeString(strings.Repeat(digit, 64))
	if err != nil {
		panic(err)
	}
	amount := math.NewInt(price)
	return gateway.Offered{
		Offer:    inference.Offer{Provider: by, Model: digest, Name: name, PriceInput: amount, PriceOutput: amount, Assurances: []string{"signed"}},
		Provider: provider.Provider{Address: by, Name: "m-" + by, Status: provider.StatusActive},
		Model:    inference.Model{Digest: digest, Name: name, Quantisation: "Q8_0", RegisteredHeight: height},
	}
}

func newCatalog(t *testing.T, w *world, self ...string) *gateway.Catalog {
	t.Helper()
	w.now = time.UnixMilli(1_700_000_000_000)
	catalog, err := gateway.NewCatalog(gateway.CatalogConfig{
		Local: w, Market: w, Self: self, Now: func() time.Time { return w.now }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

func who(routes []gateway.Route) string {
	names := make([]string, len(routes))
	for i, r := range routes {
		names[i] = r.Who()
	}
	return strings.Join(names, " ")
}

func TestOrderOfCandidates(t *testing.T) {
	w := &world{
		models: []engine.Model{{Name: "m:1b", Digest: strings.Repeat("a", 64), Quantisation: "Q8_0"}},
		offers: []gateway.Offered{
			offer("dear", "m:1b", "a", 30, 5), offer("cheap", "m:1b", "a", 10, 5), offer("middle", "m:1b", "a", 20, 5),
			offer("mine", "m:1b", "a", 1, 5), offer("squatter", "m:1b", "b", 1, 9), offer("far", "far", "c", 1, 5),
		},
	}
	w.offers[2].Offer.Assurances = []string{"signed", "exact"}
	c := newCatalog(t, w, "mine")
	price := math.NewInt
	cases := []struct {
		name, model string
		want        gateway.Preference
		routes      string
	}{
		{"local, then by price", "m:1b", gateway.Preference{}, "local cheap middle dear"},
		{"never local", "m:1b", gateway.Preference{Local: gateway.LocalNever}, "cheap middle dear"},
		{"only local", "m:1b", gateway.Preference{Local: gateway.LocalOnly}, "local"},
		{"in an order", "m:1b", gateway.Preference{Order: []string{"m-dear", "middle"}}, "dear middle local cheap"},
		{"only some", "m:1b", gateway.Preference{Only: []string{"dear", "m-cheap"}}, "cheap dear"},
		{"not some", "m:1b", gateway.Preference{Ignore: []string{"local", "m-cheap"}}, "middle dear"},
		{"price bound", "m:1b", gateway.Preference{MaxInput: price(20), MaxOutput: price(20)}, "local cheap middle"},
		{"no fallbacks", "m:1b", gateway.Preference{NoFallbacks: true}, "local"},
		{"quantisation", "m:1b", gateway.Preference{Quantisations: []string{"q8_0"}}, "local cheap middle dear"},
		{"assurance", "m:1b", gateway.Preference{Assurance: "exact"}, "middle"},
		{"by digest", strings.Repeat("a", 64), gateway.Preference{}, "local cheap middle dear"},
		{"by digest as Ollama writes it", "sha256:" + strings.Repeat("b", 64), gateway.Preference{}, "squatter"},
		{"pinned by name", "m:1b:m-dear", gateway.Preference{}, "dear"},
		{"pinned by address", "m:1b:dear", gateway.Preference{}, "dear"},
		{"pinned here", "m:1b:local", gateway.Preference{}, "local"},
		{"without the usual tag", "far:latest", gateway.Preference{}, "far"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			routes, err := c.Routes(t.Context(), tc.model, tc.want)
			if err != nil || who(routes) != tc.routes {
				t.Fatalf("%q, %v", who(routes), err)
			}
		})
	}
	for _, unknown := range []string{"nope", "m:1b:nobody", "m", "", ":", strings.Repeat("d", 64)} {
		if _, err := c.Routes(t.Context(), unknown, gateway.Preference{}); !engine.IsKind(err, engine.NotFound) {
			t.Errorf("%q: %v", unknown, err)
		}
	}
	_, err := c.Routes(t.Context(), "far", gateway.Preference{Local: gateway.LocalOnly})
	if !engine.IsKind(err, engine.Unavailable) {
		t.Errorf("nothing fits: %v", err)
	}
}

func TestSuspendedProviderGetsNoWork(t *testing.T) {
	w := &world{offers: []gateway.Offered{offer("bad", "m", "a", 1, 5), offer("good", "m", "a", 9, 5)}}
	w.offers[0].Provider.Status, w.offers[0].Provider.Reason = provider.StatusSuspended, "wrong receipts"
	c := newCatalog(t, w)
	routes, err := c.Routes(t.Context(), "m", gateway.Preference{})
	if err != nil || who(routes) != "good" {
		t.Fatalf("%q, %v", who(routes), err)
	}
	w.offers = w.offers[:1]
	w.now = w.now.Add(time.Minute)
	_, err = c.Routes(t.Context(), "m", gateway.Preference{})
	if !engine.IsKind(err, engine.Unavailable) || !strings.Contains(err.Error(), "wrong receipts") {
		t.Fatalf("%v", err)
	}
	if models, err := c.Models(t.Context()); err != nil || len(models) != 0 {
		t.Errorf("%v, %v", models, err)
	}
}

func TestFailedCandidateGoesBehind(t *testing.T) {
	w := &world{
		models: []engine.Model{{Name: "m", Digest: strings.Repeat("a", 64)}},
		offers: []gateway.Offered{offer("one", "m", "a", 1, 5), offer("two", "m", "a", 2, 5)},
	}
	c := newCatalog(t, w)
	routes := func() []gateway.Route {
		t.Helper()
		found, err := c.Routes(t.Context(), "m", gateway.Preference{})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	first := routes()
	c.Report(first[1], engine.Errorf(engine.Invalid, "the request's fault"))
	if got := who(routes()); got != "local one two" {
		t.Errorf("a bad request counts against its candidate: %s", got)
	}
	c.Report(first[1], engine.Errorf(engine.Unavailable, "closed"))
	if got := who(routes()); got != "local two one" {
		t.Errorf("after a failure: %s", got)
	}
	c.Report(first[0], errors.New("crashed"))
	if got := who(routes()); got != "two one local" && got != "two local one" {
		t.Errorf("after two failures: %s", got)
	}
	w.now = w.now.Add(16 * time.Second)
	if got := who(routes()); got != "local one two" {
		t.Errorf("after a while: %s", got)
	}
	c.Report(first[1], errors.New("crashed"))
	w.now = w.now.Add(16 * time.Second)
	if got := who(routes()); got != "local two one" {
		t.Errorf("a second failure counts for longer: %s", got)
	}
	c.Report(first[1], nil)
	if got := who(routes()); got != "local one two" {
		t.Errorf("after a success: %s", got)
	}
}

// TestDishonestCandidateStaysBehind: who broke the terms is asked last for longer than who was away.
func TestDishonestCandidateStaysBehind(t *testing.T) {
	w := &world{offers: []gateway.Offered{offer("a", "m", "a", 5, 5), offer("b", "m", "a", 9, 5)}}
	c := newCatalog(t, w)
	routes := func() []gateway.Route {
		list, err := c.Routes(t.Context(), "m", gateway.Preference{})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	first := routes()
	c.Report(first[0], engine.Errorf(engine.Unavailable, "%w: the proof does not hold", gateway.ErrDishonest))
	c.Report(first[1], engine.Errorf(engine.Unavailable, "closed"))
	w.now = w.now.Add(9 * time.Minute)
	if got := routes()[0].Provider; got != "b" {
		t.Errorf("nine minutes after a lie %s is asked first", got)
	}
	w.now = w.now.Add(2 * time.Minute)
	if got := routes()[0].Provider; got != "a" {
		t.Errorf("later %s is asked first", got)
	}
}

// TestOneNameOfSeveralModels: an engine that marks models of one name apart has them asked for by the whole name or by digest.
func TestOneNameOfSeveralModels(t *testing.T) {
	one, two := strings.Repeat("1", 64), strings.Repeat("2", 64)
	w := &world{models: []engine.Model{{Name: "m@11111111", Digest: one}, {Name: "m@22222222", Digest: two}}}
	c := newCatalog(t, w)
	for asked, want := range map[string]string{"m@11111111": one, two: two, "sha256:" + one: one} {
		routes, err := c.Routes(t.Context(), asked, gateway.Preference{})
		if err != nil || len(routes) != 1 || routes[0].Model.Digest != want {
			t.Errorf("%s: %d candidates, %v", asked, len(routes), err)
		}
	}
	if _, err := c.Routes(t.Context(), "m", gateway.Preference{}); !engine.IsKind(err, engine.NotFound) || !strings.Contains(err.Error(), `2 models are called "m"`) {
		t.Errorf("%v", err)
	}
}

func TestEquallyGoodOnesTakeTurns(t *testing.T) {
	w := &world{offers: []gateway.Offered{offer("a", "m", "a", 5, 5), offer("b", "m", "a", 5, 5), offer("c", "m", "a", 9, 5)}}
	c := newCatalog(t, w)
	count := map[string]int{}
	for range 10 {
		routes, err := c.Routes(t.Context(), "m", gateway.Preference{})
		if err != nil || len(routes) != 3 || routes[2].Provider != "c" {
			t.Fatalf("%q, %v", who(routes), err)
		}
		count[routes[0].Provider]++
	}
	if count["a"] != 5 || count["b"] != 5 {
		t.Errorf("%v", count)
	}
}

func TestOffersOutliveTheLedgersAbsence(t *testing.T) {
	w := &world{offers: []gateway.Offered{offer("a", "m", "a", 5, 5)}}
	c := newCatalog(t, w)
	if _, err := c.Routes(t.Context(), "m", gateway.Preference{}); err != nil {
		t.Fatal(err)
	}
	w.offers, w.err = nil, errors.New("connection refused")
	w.now = w.now.Add(5 * time.Minute)
	if routes, err := c.Routes(t.Context(), "m", gateway.Preference{}); err != nil || who(routes) != "a" {
		t.Fatalf("%q, %v", who(routes), err)
	}
	w.now = w.now.Add(6 * time.Minute)
	_, err := c.Routes(t.Context(), "m", gateway.Preference{})
	if !engine.IsKind(err, engine.Unavailable) || !strings.Contains(err.Error(), "connection refused") {
		t.Fatalf("%v", err)
	}
}

func TestCatalogDoesNotAskForEachRequest(t *testing.T) {
	w := &world{offers: []gateway.Offered{offer("a", "m", "a", 5, 5)}}
	c := newCatalog(t, w)
	for range 100 {
		if _, err := c.Routes(t.Context(), "m", gateway.Preference{}); err != nil {
			t.Fatal(err)
		}
		_, _ = c.Routes(t.Context(), "unknown", gateway.Preference{})
	}
	if w.asked != 1 {
		t.Errorf("asked %d times", w.asked)
	}
}
