package main

import (
	"context"
	"fmt"
)

// compute measures the market of machines: what the ledger does for it, what a provider does after a restart, and what a lease adds
// to a step of training.
func (b *bench) compute(ctx context.Context, s *section) {
	for _, part := range []struct {
		what string
		add  func(context.Context, *section) error
	}{{"match of orders", b.matches}, {"restart of a provider", b.restarts}, {"steps of a leased training", b.leased}} {
		if err := part.add(ctx, s); err != nil {
			s.missing(part.what, err)
		}
	}
	s.note("Orders have eight bids each, and are matched in the block in which their windows end, stores and all; time of the clock on one core. A restart is the first look of a new process " +
		"at its leases, all of which it settles; ledger and containers are simulated there and take no time. Steps are those of the starter's shape, 8 windows of 256 tokens, processor time on one thread: " +
		"a lease adds the root of the state every 16 steps, the state as an artifact of 33 MB, hashed, written and flushed, and its bookkeeping.")
}

func (b *bench) matches(ctx context.Context, s *section) error {
	g, err := b.compile(ctx, "x/compute/keeper")
	if err != nil {
		return err
	}
	r, err := g.run(ctx, "^BenchmarkMatch$", "5x", packageRuns)
	if err != nil {
		return err
	}
	nanos, err := r.median("Match ns/op")
	if err != nil {
		return err
	}
	gas, err := r.median("Match gas-of-the-schedule")
	if err != nil {
		return err
	}
	s.add(row{
		what: "1,000 open orders and 100 providers matched in one block", figure: fmt.Sprintf("%.0f ms", nanos/1e6), against: fmt.Sprintf("%.1f million gas of the schedule", gas/1e6),
		ratio: "goal: one block", runs: fmt.Sprint(packageRuns),
	})
	return nil
}

func (b *bench) restarts(ctx context.Context, s *section) error {
	g, err := b.compile(ctx, "compute/provider")
	if err != nil {
		return err
	}
	r, err := g.run(ctx, "^BenchmarkRestart$", "20x", packageRuns)
	if err != nil {
		return err
	}
	nanos, err := r.median("Restart ns/op")
	if err != nil {
		return err
	}
	s.add(row{
		what: "a provider that starts again reconciles 200 leases, none begun again", figure: fmt.Sprintf("%.0f ms", nanos/1e6), ratio: "goal: below 5 s", runs: fmt.Sprint(packageRuns),
	})
	return nil
}

func (b *bench) leased(ctx context.Context, s *section) error {
	const runs = 3 // of half a minute
	g, err := b.compile(ctx, "compute/training")
	if err != nil {
		return err
	}
	r, err := g.run(ctx, "^BenchmarkLeased$", "1x", runs)
	if err != nil {
		return err
	}
	alone, err := r.median("Leased/alone cpu-ms/step")
	if err != nil {
		return err
	}
	leased, err := r.median("Leased/leased cpu-ms/step")
	if err != nil {
		return err
	}
	s.add(row{
		what: "a step of a leased training", figure: fmt.Sprintf("%.0f ms", leased), against: fmt.Sprintf("the same machine unmetered: %.0f ms", alone),
		ratio: fmt.Sprintf("%.3f×", leased/alone), runs: fmt.Sprint(runs),
	})
	return nil
}

// games plays disputes over the ledger and counts what both sides answer.
func (b *bench) games(ctx context.Context, s *section) {
	g, err := b.compile(ctx, "x/referee/keeper")
	if err != nil {
		s.missing("whole disputes", err)
		return
	}
	r, err := g.run(ctx, "^BenchmarkDispute$", "1x", 1)
	if err != nil {
		s.missing("whole disputes", err)
		return
	}
	for _, lie := range []string{"wrong-data", "wrong-step"} {
		var f [4]float64
		for i, unit := range []string{"answers-defender", "answers-challenger", "bytes-defender", "bytes-challenger"} {
			if f[i], err = r.median("Dispute/" + lie + " " + unit); err != nil {
				s.missing(lie, err)
				return
			}
		}
		s.add(row{
			what:   "a dispute of 2.8 million weights, the lie a " + map[string]string{"wrong-data": "step on other data", "wrong-step": "number changed in a state"}[lie] + ": answers of defender and challenger",
			figure: fmt.Sprintf("%.0f and %.0f", f[0], f[1]), against: fmt.Sprintf("%.1f and %.1f kB on the ledger", f[2]/1e3, f[3]/1e3), ratio: "goal: at most 15 a side", runs: "1",
		})
	}
}
