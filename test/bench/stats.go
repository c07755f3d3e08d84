package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// stats runs tools/stats, without the cold build.
func (b *bench) stats(ctx context.Context, s *section) {
	text, err := b.tool(ctx, "tools/stats", "-json")
	if err != nil {
		s.missing("build", err)
		return
	}
	var v struct {
		Direct   []string      `json:"direct"`
		Linked   int           `json:"linked"`
		Packages int           `json:"packages"`
		Stripped int64         `json:"stripped_bytes"`
		Symbols  int64         `json:"bytes"`
		Wall     time.Duration `json:"noop_wall"`
		CPU      time.Duration `json:"noop_cpu"`
	}
	if err := json.Unmarshal(text, &v); err != nil {
		s.missing("build", err)
		return
	}
	s.add(row{what: "direct dependencies, modules", figure: fmt.Sprint(len(v.Direct)), runs: "1"})
	s.add(row{what: "linked modules and packages", figure: fmt.Sprintf("%d and %d", v.Linked, v.Packages), runs: "1"})
	s.add(row{
		what: "binary as `make build` writes it", figure: bytesOf(float64(v.Stripped)), against: "with symbols: " + bytesOf(float64(v.Symbols)),
		ratio: fmt.Sprintf("%.2f×", float64(v.Stripped)/float64(v.Symbols)), runs: "1",
	})
	s.add(row{what: "build with nothing to do", figure: seconds(v.Wall) + ", " + seconds(v.CPU) + " of processor time", runs: "1"})
	s.note("`make stats` prints the list; `go run ./tools/stats -cold` also times a build with an empty cache, which this run did not. Measured separately, once, on a " +
		"two-core machine at rest, for a smaller program with the same ledger engine: 2 min 39 s of the clock, 4 min 55 s of processor time.")
}
