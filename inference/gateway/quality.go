package gateway

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	scoresFresh = 30 * time.Second // how long scores are not asked again
	scoresMost  = 4096
	// explored is what the square of a quality counts for at least, so that who is new gets work to be measured by.
	explored = 0.05
)

// QualityHeader tells what trusted arenas have found of the provider that answers.
const QualityHeader = "Ayni-Quality"

// Scores lists what the arenas that this machine's owner trusts have found of providers.
type Scores interface {
	Scores(ctx context.Context) ([]Score, error)
}

// Score is what one arena has found of a provider.
type Score struct {
	Provider string  // ledger address
	Model    string  // name or digest of what it is about; "" for all that the provider serves
	Quality  float64 // 0 to 1
	Poor     bool    // below what the arena asks for, or better where it knows to be watched
}

func (s Score) String() string {
	text := strconv.FormatFloat(s.Quality, 'f', 3, 64)
	if s.Poor {
		text += "; poor"
	}
	return text
}

// about tells whether a score is of a model.
func (s Score) about(name, digest string) bool {
	return s.Model == "" || fullName(s.Model) == fullName(name) || strings.TrimPrefix(s.Model, "sha256:") == digest
}

// askScores reads what arenas say, seldom. What cannot be read is logged, and the last that was known counts on.
func (c *Catalog) askScores(ctx context.Context, old, fresh *stock) {
	if old != nil {
		fresh.scores, fresh.scoresAt = old.scores, old.scoresAt
	}
	if c.cfg.Scores == nil || !fresh.scoresAt.IsZero() && fresh.at.Sub(fresh.scoresAt) < scoresFresh {
		return
	}
	fresh.scoresAt = fresh.at
	all, err := c.cfg.Scores.Scores(ctx)
	if err == nil && len(all) > scoresMost {
		err = fmt.Errorf("%d scores, more than %d", len(all), scoresMost)
	}
	if err != nil {
		c.cfg.Logger.Warn("scores of arenas not read", "error", err)
		return
	}
	fresh.scores = map[string][]Score{}
	for _, s := range all {
		if s.Quality >= 0 && s.Quality <= 1 { // and no NaN
			fresh.scores[s.Provider] = append(fresh.scores[s.Provider], s)
		}
	}
}

// score is the least that any arena has found of a provider with a model; nil where none has.
func (s *stock) score(provider, name, digest string) *Score {
	var least *Score
	for _, one := range s.scores[provider] {
		if !one.about(name, digest) {
			continue
		}
		if least == nil {
			least = &one
			continue
		}
		least.Quality, least.Poor = min(least.Quality, one.Quality), least.Poor || one.Poor
	}
	return least
}

// poor is 1 for a route that comes behind all others.
func (r Route) poor() int {
	if r.Score != nil && r.Score.Poor {
		return 1
	}
	return 0
}

// draw orders routes that differ in price and quality alone. Each place goes to one of those left, with a chance in proportion to the square
// of its quality and to how cheap it is. It tells whether there was anything to go by.
func draw(routes []Route, random io.Reader) bool {
	if !slices.ContainsFunc(routes, func(r Route) bool { return r.Score != nil }) {
		return false
	}
	least := math.Inf(1)
	for _, r := range routes {
		least = min(least, r.cost())
	}
	type drawn struct {
		route Route
		time  float64 // at which it comes, where it comes at random times as often as it weighs
	}
	order := make([]drawn, len(routes))
	for i, r := range routes {
		chance, err := exponential(random)
		if err != nil {
			return false
		}
		order[i] = drawn{r, chance / (r.weight() * least / r.cost())}
	}
	slices.SortFunc(order, func(a, b drawn) int { return cmp.Compare(a.time, b.time) })
	for i := range order {
		routes[i] = order[i].route
	}
	return true
}

// exponential is a random time until what comes once in a unit of time.
func exponential(random io.Reader) (float64, error) {
	var raw [8]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return 0, fmt.Errorf("choose by chance: %w", err)
	}
	const bits = 53 // of a float's fraction
	return -math.Log((float64(binary.BigEndian.Uint64(raw[:])>>(64-bits)) + 0.5) / (1 << bits)), nil
}

// weight is of a route's quality.
func (r Route) weight() float64 {
	if r.Score == nil {
		return explored
	}
	return max(r.Score.Quality*r.Score.Quality, explored)
}

// cost is acredit for a token in and one out, and one more, so that what is free has a place too.
func (r Route) cost() float64 {
	in, out := r.Prices()
	cost, _ := in.Add(out).BigInt().Float64()
	return cost + 1
}
