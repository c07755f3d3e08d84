package gateway

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ayni.example/inference/engine"
	"ayni.example/internal/clock"
	"ayni.example/x/inference"
	"ayni.example/x/provider"
)

const (
	catalogFresh  = 2 * time.Second  // how long what is offered is not asked again
	catalogMiss   = time.Second      // and for a name that is not known
	catalogStale  = 10 * time.Minute // how long offers count while the ledger cannot be read
	catalogWait   = 5 * time.Second  // for engines and ledger together
	maxCandidates = 8                // for one request
)

// Local lists the models of this machine's engines.
type Local interface {
	LocalModels(ctx context.Context) ([]engine.Model, error)
}

// Market lists what providers on the ledger offer.
type Market interface {
	Offers(ctx context.Context) ([]Offered, error)
}

// Offered is an offer with its provider and, if the ledger has it, its model.
type Offered struct {
	Offer    inference.Offer
	Provider provider.Provider
	Model    inference.Model
	// Forbidden is the term of the model's owner against which it is offered, naming the asset; "" when there is none.
	Forbidden string
	// Upstream is how much of a million of the price goes to the model's owner and to those from whose work it was made.
	Upstream uint32
}

// CatalogConfig is what a Catalog works with.
type CatalogConfig struct {
	Local  Local     // may be nil
	Market Market    // may be nil
	Scores Scores    // may be nil: no arena is trusted
	Self   []string  // ledger addresses of this machine, whose offers it does not buy
	Random io.Reader // for the choice by scores; of several at once
	Now    clock.Clock
	Logger *slog.Logger
}

// Catalog is the Router over this machine's engines and the ledger's offers.
type Catalog struct {
	cfg    CatalogConfig
	health *health
	turn   atomic.Uint64 // spreads requests over candidates that are equally good

	refreshing sync.Mutex
	current    atomic.Pointer[stock]
}

var _ Router = (*Catalog)(nil)

// NewCatalog makes a router that knows nothing yet; it asks when it is first used.
func NewCatalog(cfg CatalogConfig) (*Catalog, error) {
	if cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("the catalog needs a clock and a logger")
	}
	if cfg.Scores != nil && cfg.Random == nil {
		return nil, errors.New("a catalog with scores needs randomness")
	}
	return &Catalog{cfg: cfg, health: newHealth(cfg.Now)}, nil
}

// Routes names the candidates for a model, given by name, by digest, or by either with ":" and a provider.
func (c *Catalog) Routes(ctx context.Context, model string, want Preference) ([]Route, error) {
	s := c.stock(ctx, catalogFresh)
	found, pin := s.find(model)
	if len(found.routes) == 0 {
		s = c.stock(ctx, catalogMiss)
		found, pin = s.find(model)
	}
	if len(found.routes) == 0 {
		return nil, s.absent(model, found)
	}
	if pin != "" {
		want.Only = append(slices.Clip(want.Only), pin)
		want.NoFallbacks = true
	}
	fit := slices.DeleteFunc(slices.Clone(found.routes), func(r Route) bool { return !want.admits(r) })
	if len(fit) == 0 {
		return nil, engine.Errorf(engine.Unavailable, "%d serve model %q, and none fits what the request asks of its provider",
			len(found.routes), model).WithParam("provider")
	}
	c.order(fit, want)
	if want.NoFallbacks {
		fit = fit[:1]
	}
	return fit[:min(len(fit), maxCandidates)], nil
}

// Report remembers how a candidate did.
func (c *Catalog) Report(route Route, err error) { c.health.report(route.Who(), err) }

// Models lists what is offered now.
func (c *Catalog) Models(ctx context.Context) ([]Listing, error) {
	s := c.stock(ctx, catalogFresh)
	if len(s.names) == 0 && s.err != nil {
		return nil, engine.Errorf(engine.Unavailable, "what is offered is not known: %w", s.err)
	}
	out := make([]Listing, 0, len(s.names))
	for _, name := range slices.Sorted(maps.Keys(s.names)) {
		if entry := s.names[name]; len(entry.routes) > 0 {
			out = append(out, Listing{Name: entry.name, Model: entry.routes[0].Model, Routes: entry.routes})
		}
	}
	return out, nil
}

// stock is what is offered, not older than age where it can be had.
func (c *Catalog) stock(ctx context.Context, age time.Duration) *stock {
	old := c.current.Load()
	if old != nil && c.cfg.Now().Sub(old.at) < age {
		return old
	}
	if old != nil && !c.refreshing.TryLock() {
		return old // somebody else is asking
	}
	if old == nil {
		c.refreshing.Lock()
		if old = c.current.Load(); old != nil {
			c.refreshing.Unlock()
			return old
		}
	}
	defer c.refreshing.Unlock()
	fresh := c.ask(ctx, old)
	c.current.Store(fresh)
	return fresh
}

// ask reads engines and ledger. What cannot be read is logged; offers of the last time count on for a while.
func (c *Catalog) ask(ctx context.Context, old *stock) *stock {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), catalogWait) // others use the answer too
	defer cancel()
	now := c.cfg.Now()
	fresh := &stock{at: now, offersAt: now}
	var models []engine.Model
	if c.cfg.Local != nil {
		var err error
		if models, err = c.cfg.Local.LocalModels(ctx); err != nil {
			c.cfg.Logger.Warn("local models not read", "error", err)
			fresh.err = err
		}
	}
	if c.cfg.Market != nil {
		var err error
		if fresh.offers, err = c.cfg.Market.Offers(ctx); err != nil {
			c.cfg.Logger.Warn("offers not read", "error", err)
			fresh.err = errors.Join(fresh.err, err)
			if old != nil && now.Sub(old.offersAt) < catalogStale {
				fresh.offers, fresh.offersAt = old.offers, old.offersAt
			}
		}
	}
	c.askScores(ctx, old, fresh)
	fresh.index(models, c.cfg.Self)
	return fresh
}

// order sorts candidates, best first: as the request says, then those that no arena found poor, then those that did not fail lately, then
// this machine, then by price, or by chance where arenas know their quality. Equally good ones take turns.
func (c *Catalog) order(routes []Route, want Preference) {
	type rank struct {
		listed int
		until  time.Time
	}
	ranks := make(map[string]rank, len(routes))
	for _, r := range routes {
		ranks[r.Who()] = rank{listed: want.place(r), until: c.health.until(r.Who())}
	}
	place := func(a, b Route) int {
		ra, rb := ranks[a.Who()], ranks[b.Who()]
		if n := cmp.Or(ra.listed-rb.listed, a.poor()-b.poor()); n != 0 {
			return n
		}
		if n := ra.until.Compare(rb.until); n != 0 {
			return n
		}
		if a.Local != b.Local && !want.SortByPrice {
			if a.Local {
				return -1
			}
			return 1
		}
		if want.SortByPrice {
			return comparePrice(a, b)
		}
		return 0
	}
	compare := func(a, b Route) int { return cmp.Or(place(a, b), comparePrice(a, b)) }
	slices.SortFunc(routes, func(a, b Route) int {
		if n := compare(a, b); n != 0 {
			return n
		}
		return strings.Compare(a.Provider, b.Provider)
	})
	if !c.draw(routes, place) {
		same := leading(routes, compare)
		rotate(routes[:same], int(c.turn.Add(1)%uint64(same)))
	}
}

// draw orders those by chance that are in the same place; it tells whether the first ones were.
func (c *Catalog) draw(routes []Route, place func(a, b Route) int) (first bool) {
	if c.cfg.Scores == nil {
		return false
	}
	for rest := routes; len(rest) > 0; {
		n := leading(rest, place)
		drawn := draw(rest[:n], c.cfg.Random)
		first = first || drawn && len(rest) == len(routes)
		rest = rest[n:]
	}
	return first
}

// leading is how many of the first routes are as good as the first.
func leading(routes []Route, compare func(a, b Route) int) int {
	n := 1
	for n < len(routes) && compare(routes[0], routes[n]) == 0 {
		n++
	}
	return n
}

// rotate moves the first n routes to the end.
func rotate(routes []Route, n int) {
	slices.Reverse(routes[:n])
	slices.Reverse(routes[n:])
	slices.Reverse(routes)
}

// comparePrice weighs a token in as much as a token out: which there will be more of is not known.
func comparePrice(a, b Route) int {
	inA, outA := a.Prices()
	inB, outB := b.Prices()
	sumA, sumB := inA.Add(outA), inB.Add(outB)
	switch {
	case sumA.LT(sumB):
		return -1
	case sumA.GT(sumB):
		return 1
	default:
		return 0
	}
}
