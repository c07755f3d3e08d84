package main

import (
	"context"
	"fmt"
)

// provenance measures what lineage and pools cost.
func (b *bench) provenance(ctx context.Context, s *section) {
	const documents = 1_000_000
	pool, err := b.compile(ctx, "provenance/pool")
	if err != nil {
		s.missing("near-duplicates", err)
		return
	}
	r, cpu, err := pool.timed(ctx, "^BenchmarkDuplicates$", fmt.Sprintf("%dx", documents), 1)
	if err != nil {
		s.missing("near-duplicates", err)
		return
	}
	each, err := r.median("Duplicates ns/op")
	if err != nil {
		s.missing("near-duplicates", err)
		return
	}
	found, err := r.median("Duplicates found")
	if err != nil {
		s.missing("near-duplicates", err)
		return
	}
	s.add(row{
		what: "near-duplicates among a million documents of 1 kB, MinHash of 128 bins", figure: fmt.Sprintf("%.0f s", each*documents/1e9),
		against: fmt.Sprintf("%.0f s of processor with making the documents", cpu), ratio: fmt.Sprintf("%.1f %% of those planted found", 100*found), runs: "1",
	})
	b.flatten(ctx, s)
	b.sums(ctx, s)
	s.note("One core. A settlement writes one record of the asset, whatever its ancestry: the golden gas of `x/credit`'s claims and `x/provenance`'s tests hold it.")
}

// flatten measures the registration of a child in a large lineage.
func (b *bench) flatten(ctx context.Context, s *section) {
	g, err := b.compile(ctx, "x/provenance")
	if err != nil {
		s.missing("flatten", err)
		return
	}
	r, err := g.run(ctx, "^BenchmarkFlatten$", "500x", packageRuns)
	if err != nil {
		s.missing("flatten", err)
		return
	}
	each, err := r.median("Flatten ns/op")
	if err != nil {
		s.missing("flatten", err)
		return
	}
	s.add(row{
		what: "vector of a child of sixteen parents, in a lineage of 10,000 assets", figure: fmt.Sprintf("%.2f ms", each/1e6),
		against: "goal: 2 ms", ratio: fmt.Sprintf("%.2f", each/2e6), runs: fmt.Sprint(packageRuns),
	})
}

// sums measures how fast a file's digest is made, beside what the processor can.
func (b *bench) sums(ctx context.Context, s *section) {
	const runs = 5
	g, err := b.compile(ctx, "provenance/standard")
	if err != nil {
		s.missing("hashing", err)
		return
	}
	r, err := g.run(ctx, "^BenchmarkSum$", "5x", runs)
	if err != nil {
		s.missing("hashing", err)
		return
	}
	rate := map[string]float64{}
	for _, of := range []string{"file", "sha256"} {
		if rate[of], err = r.median("Sum/" + of + " MB/s"); err != nil {
			s.missing("hashing", err)
			return
		}
	}
	s.add(row{
		what: "digest of a file of 64 MiB in the system's memory, one core", figure: fmt.Sprintf("%.0f MB/s", rate["file"]),
		against: fmt.Sprintf("%.0f MB/s, SHA-256 over memory", rate["sha256"]), ratio: fmt.Sprintf("%.2f", rate["file"]/rate["sha256"]), runs: fmt.Sprint(runs),
	})
}
