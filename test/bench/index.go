package main

import (
	"context"
	"fmt"
)

// index fills an index of the ledger from nothing, in both databases, and asks it.
func (b *bench) index(ctx context.Context, s *section) {
	const runs = 3
	g, err := b.compile(ctx, "index")
	if err != nil {
		s.missing("index", err)
		return
	}
	r, err := g.run(ctx, "^(BenchmarkIndex|BenchmarkHistory)$", "1x", runs)
	if err != nil {
		s.missing("index", err)
		return
	}
	for _, database := range []string{"sqlite", "postgres"} {
		figure := map[string]float64{}
		for _, unit := range []string{"blocks/s", "events/s", "s/rebuild", "bytes/tx"} {
			if figure[unit], err = r.median("Index/" + database + " " + unit); err != nil {
				break
			}
		}
		if err != nil {
			s.missing("index in "+database, err)
			continue
		}
		s.add(row{
			what:   "10,000 payments into an empty index, " + database,
			figure: fmt.Sprintf("%.1f s: %.0f blocks/s, %.0f events/s, %.0f bytes per transaction", figure["s/rebuild"], figure["blocks/s"], figure["events/s"], figure["bytes/tx"]),
			runs:   fmt.Sprint(runs),
		})
	}
	if nanos, err := r.median("History ns/op"); err != nil {
		s.missing("a page of history", err)
	} else {
		s.add(row{what: "a page of 25 entries of an account's history, sqlite", figure: fmt.Sprintf("%.1f ms", nanos/1e6), runs: fmt.Sprint(runs)})
	}
	s.note("`BenchmarkIndex` and `BenchmarkHistory` of `index`: 40 blocks of 250 payments with ten events each, from a simulated ledger that has its " +
		"blocks in memory; decoding, writing and, in PostgreSQL, flushing at each commit are counted.")
}
