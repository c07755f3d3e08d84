package gateway_test

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
)

// standInArenas stands in for what the ledger's arenas say.
type standInArenas struct {
	list  []gateway.Score
	err   error
	asked int
}

func (s *standInArenas) Scores(context.Context) ([]gateway.Score, error) {
	s.asked++
	return s.list, s.err
}

func scoredCatalog(t *testing.T, w *world, arenas *standInArenas) *gateway.Catalog {
	t.Helper()
	w.now = time.UnixMilli(1_700_000_000_000)
	c, err := gateway.NewCatalog(gateway.CatalogConfig{
		Local: w, Market: w, Scores: arenas, Random: rand.NewChaCha8([32]byte{}), Now: func() time.Time { return w.now }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// firsts counts who is asked first; the seed is 32 zero bytes.
func firsts(t *testing.T, c *gateway.Catalog, model string, want gateway.Preference) map[string]float64 {
	t.Helper()
	const n = 4_000
	share := map[string]float64{}
	for range n {
		routes, err := c.Routes(t.Context(), model, want)
		if err != nil {
			t.Fatal(err)
		}
		share[routes[0].Who()] += 1. / n
	}
	return share
}

// TestQualityDecides: work goes by the square of quality and by price, who is new gets some, and who is poor gets none while others serve.
func TestQualityDecides(t *testing.T) {
	offers := []gateway.Offered{
		offer("good", "m", "a", 9, 5), offer("fair", "m", "a", 9, 5), offer("new", "m", "a", 9, 5), offer("cheap", "m", "a", 4, 5),
		offer("poor", "m", "a", 0, 5), offer("aware", "m", "a", 0, 5),
	}
	scores := []gateway.Score{
		{Provider: "good", Quality: 1},
		{Provider: "fair", Quality: .5},
		{Provider: "cheap", Quality: .5},
		{Provider: "poor", Quality: .1, Poor: true},
		{Provider: "aware", Quality: 1, Poor: true},
	}
	// A token in and one out, and one more, are 19 acredit of most and 9 of the cheap one.
	all := 1 + .25 + .05 + .25*19/9
	for name, tt := range map[string]struct {
		scores []gateway.Score
		want   gateway.Preference
		shares map[string]float64
	}{
		"squares, prices and a floor": {scores, gateway.Preference{}, map[string]float64{"good": 1 / all, "fair": .25 / all, "new": .05 / all, "cheap": .25 * 19 / 9 / all}},
		"no arena: by price":          {nil, gateway.Preference{}, map[string]float64{"poor": .5, "aware": .5}},
		"of another model":            {[]gateway.Score{{Provider: "good", Quality: 1, Model: "other"}}, gateway.Preference{}, map[string]float64{"poor": .5, "aware": .5}},
		"of this model, by digest":    {[]gateway.Score{{Provider: "poor", Poor: true, Model: "sha256:" + strings.Repeat("a", 64)}, {Provider: "aware", Poor: true, Model: "m:latest"}}, gateway.Preference{Only: []string{"poor", "aware", "good"}}, map[string]float64{"good": 1}},
		"the least of three arenas":   {append(slices.Clone(scores), gateway.Score{Provider: "good", Quality: .5}, gateway.Score{Provider: "good", Quality: .8}), gateway.Preference{Only: []string{"good", "fair"}}, map[string]float64{"good": .5, "fair": .5}},
		"sorted by price":             {scores, gateway.Preference{SortByPrice: true}, map[string]float64{"cheap": 1}},
		"as the request says":         {scores, gateway.Preference{Order: []string{"poor"}}, map[string]float64{"poor": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			c := scoredCatalog(t, &world{offers: offers}, &standInArenas{list: tt.scores})
			got := firsts(t, c, "m", tt.want)
			for who, share := range tt.shares {
				if math.Abs(got[who]-share) > .02 {
					t.Errorf("%s is first for %.3f of requests, want %.3f", who, got[who], share)
				}
			}
			for who := range got {
				if tt.shares[who] == 0 {
					t.Errorf("%s is first at times", who)
				}
			}
		})
	}
}

// TestPoorComesLast, behind those that failed lately, but not out: somebody has to answer.
func TestPoorComesLast(t *testing.T) {
	w := &world{offers: []gateway.Offered{offer("good", "m", "a", 9, 5), offer("poor", "m", "a", 1, 5)}}
	c := scoredCatalog(t, w, &standInArenas{list: []gateway.Score{{Provider: "good", Quality: .9}, {Provider: "poor", Quality: .9, Poor: true}}})
	for range 50 {
		routes, err := c.Routes(t.Context(), "m", gateway.Preference{})
		if err != nil || who(routes) != "good poor" {
			t.Fatalf("%q, %v", who(routes), err)
		}
		c.Report(routes[0], engine.Errorf(engine.Unavailable, "closed"))
	}
}

// TestScoresOutliveTheLedgersAbsence, are asked for seldom, and never more than a bound or a number that is none.
func TestScoresOutliveTheLedgersAbsence(t *testing.T) {
	w := &world{offers: []gateway.Offered{offer("good", "m", "a", 9, 5), offer("poor", "m", "a", 1, 5)}}
	arenas := &standInArenas{list: []gateway.Score{{Provider: "poor", Poor: true}, {Provider: "poor", Quality: math.NaN()}, {Provider: "good", Quality: -.1, Poor: true}, {Provider: "good", Quality: 1.1, Poor: true}}}
	c := scoredCatalog(t, w, arenas)
	first := func() string {
		t.Helper()
		routes, err := c.Routes(t.Context(), "m", gateway.Preference{})
		if err != nil {
			t.Fatal(err)
		}
		return routes[0].Who()
	}
	for range 10 {
		if got := first(); got != "good" {
			t.Fatalf("%s is first", got)
		}
		w.now = w.now.Add(2 * time.Second)
	}
	if arenas.asked != 1 {
		t.Errorf("asked %d times within 20 s", arenas.asked)
	}
	arenas.err = errors.New("connection refused")
	w.now = w.now.Add(time.Minute)
	if got := first(); got != "good" || arenas.asked != 2 {
		t.Errorf("%s is first while the ledger is away, asked %d times", got, arenas.asked)
	}
	arenas.list, arenas.err = make([]gateway.Score, 5000), nil
	w.now = w.now.Add(time.Minute)
	if got := first(); got != "good" || arenas.asked != 3 {
		t.Errorf("%s is first after too many scores, asked %d times", got, arenas.asked)
	}
	arenas.list = nil
	w.now = w.now.Add(time.Minute)
	if got := first(); got != "poor" {
		t.Errorf("%s is first once no arena says anything", got)
	}
}

// TestQualityIsShown in the answer's header and among the metrics.
func TestQualityIsShown(t *testing.T) {
	scored := func(who string, s *gateway.Score) []gateway.Route {
		route := remoteRoute(who, "m", 10)
		route.Score = s
		return []gateway.Route{route}
	}
	r := newRig(t, func(gateway.Job) script { return script{chunks: words("a")} }, func(c *gateway.Config) {
		c.Router = &fixedRouter{routes: map[string][]gateway.Route{
			"good": scored("ayni1good", &gateway.Score{Quality: .9}), "poor": scored("ayni1poor", &gateway.Score{Quality: .1, Poor: true}),
			"new": scored("ayni1new", nil), "local": {localRoute("m")},
		}}
	})
	for model, want := range map[string]string{"good": "0.900", "poor": "0.100; poor", "new": "", "local": ""} {
		answer, text := r.post("/v1/chat/completions", `{"model":"`+model+`","messages":[{"role":"user","content":"hi"}]}`)
		if got := answer.Header.Get(gateway.QualityHeader); answer.StatusCode != 200 || got != want {
			t.Errorf("%s: status %d, quality %q, want %q: %s", model, answer.StatusCode, got, want, text)
		}
	}
	_, text := r.get("/metrics")
	for _, quality := range []string{"good", "poor", "unknown"} {
		if line := `ayni_gateway_choices_total{quality="` + quality + `"} 1` + "\n"; !strings.Contains(text, line) {
			t.Errorf("no %s", line)
		}
	}
}
