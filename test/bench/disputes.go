package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// disputes measures what a worker pays for being disputable, and the ledger for the last step of a dispute.
func (b *bench) disputes(ctx context.Context, s *section) {
	const segment = 16 // steps between two committed states
	g, err := b.compile(ctx, "tensor/trace/record")
	if err != nil {
		s.missing("state roots", err)
		return
	}
	r, err := g.run(ctx, "^Benchmark(Commit|Record)$", "4x", packageRuns)
	if err != nil {
		s.missing("state roots", err)
		return
	}
	var figures [3]float64
	for i, key := range []string{"Commit/step cpu-ms", "Commit/root cpu-ms", "Record cpu-ms"} {
		if figures[i], err = r.median(key); err != nil {
			s.missing(key, err)
			return
		}
	}
	step, root, record := figures[0], figures[1], figures[2]
	s.add(row{
		what: fmt.Sprintf("root of the state every %d steps: of the processor time of those steps", segment), figure: fmt.Sprintf("%.2f %%", 100*root/step/segment),
		against: fmt.Sprintf("a root: %.0f ms, a step: %.0f ms", root, step), ratio: "goal: below 1 %", runs: fmt.Sprint(packageRuns),
	})
	s.add(row{
		what: "recording a disputed step, with all its trees", figure: fmt.Sprintf("%.0f ms", record), against: fmt.Sprintf("training it: %.0f ms", step),
		ratio: fmt.Sprintf("%.1f×", record/step), runs: fmt.Sprint(packageRuns),
	})
	b.chunks(ctx, s)
	b.games(ctx, s)
	s.note("The starter's shape, 8 windows of 256 tokens, 2.8 million weights and their moments; processor time on one core. A chunk is what the ledger computes at the end of a dispute, " +
		"with integers alone: the last one of a tile of each kind of operation, heads of 128 numbers, time of the clock. Disputes are played over the " +
		"ledger's own state; up to 16 steps of a segment take one answer, as two do.")
}

// chunks measures every kind, and shows the slowest.
func (b *bench) chunks(ctx context.Context, s *section) {
	const shown = 5
	g, err := b.compile(ctx, "tensor/trace")
	if err != nil {
		s.missing("chunks", err)
		return
	}
	r, err := g.run(ctx, "^BenchmarkCompute$", "50x", packageRuns)
	if err != nil {
		s.missing("chunks", err)
		return
	}
	type kind struct {
		name  string
		nanos float64
	}
	var kinds []kind
	for key, values := range r {
		if name, ok := strings.CutPrefix(key, "Compute/"); ok && strings.HasSuffix(name, " ns/op") {
			kinds = append(kinds, kind{strings.TrimSuffix(name, " ns/op"), medianFloat(values)})
		}
	}
	slices.SortFunc(kinds, func(a, b kind) int { return int(b.nanos - a.nanos) })
	for i, k := range kinds {
		if i < shown {
			s.add(row{what: "one chunk of " + k.name, figure: fmt.Sprintf("%.0f µs", k.nanos/1e3), ratio: "goal: below 5 ms", runs: fmt.Sprint(packageRuns)})
		}
	}
	if len(kinds) > shown {
		s.add(row{what: fmt.Sprintf("each of the other %d kinds, at most", len(kinds)-shown), figure: fmt.Sprintf("%.0f µs", kinds[shown].nanos/1e3), runs: fmt.Sprint(packageRuns)})
	}
}
