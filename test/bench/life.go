package main

import (
	"context"
	"fmt"
)

// life measures what a busy ledger takes on disk, and how long a new home needs to fetch its state.
func (b *bench) life(ctx context.Context, s *section) {
	chain, err := b.compile(ctx, "chain")
	if err != nil {
		s.missing("disk per day under load", err)
		return
	}
	r, err := chain.run(ctx, "^BenchmarkLife$", "1x", 1)
	if err != nil {
		s.missing("disk per day under load", err)
		return
	}
	value := map[string]float64{}
	for _, unit := range []string{"tx/s", "s/block", "B/tx", "B/day", "B/snapshot", "s/sync"} {
		if value[unit], err = r.median("Life " + unit); err != nil {
			s.missing(unit, err)
			return
		}
	}
	load := fmt.Sprintf("%.0f payments a second", value["tx/s"])
	s.add(row{what: "ledger's disk per day under load", figure: bytesOf(value["B/day"]), against: load, runs: "1, over 15 s"})
	s.add(row{what: "ledger's disk per payment", figure: bytesOf(value["B/tx"]), against: load, runs: "1, over 15 s"})
	s.add(row{
		what: "time of a block under load", figure: fmt.Sprintf("%.2f s", value["s/block"]), against: "pause after a block: 0.25 s",
		ratio: fmt.Sprintf("%.1f×", value["s/block"]/0.25), runs: "1, over 15 s",
	})
	s.add(row{what: "snapshot of a state with 2,000 accounts", figure: bytesOf(value["B/snapshot"]), runs: "1"})
	s.add(row{
		what: "a new home fetches that state and the blocks since", figure: fmt.Sprintf("%.1f s", value["s/sync"]),
		against: "looking for snapshots: 5 s", ratio: fmt.Sprintf("%.1f×", value["s/sync"]/5), runs: "1",
	})
	s.note("One node on this machine's disk, sixteen payers who each wait for their payment; blocks, states, consensus log, no snapshots, before the stores' first " +
		"compaction and before anything is old enough to be dropped. A node keeps 10,000 states and 1,000,000 blocks; disk per day is what comes, not what stays. " +
		"Idle growth is under *Doing nothing*.")
}
