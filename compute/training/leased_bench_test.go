package training_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/lease"
	"ayni.example/train"
	"ayni.example/train/recipe"
	"ayni.example/x/compute"
)

// benchRecipe has the starter model's shape: 2.8 million weights, 8 windows of 256 tokens.
const benchRecipe = `
name: test/leased
mode: pretrain
seed: 3
model: {layers: 6, width: 192, heads: 6, kv_heads: 3, head_size: 32, inner: 512, context: 256}
tokenizer: {vocabulary: 2048}
data: {folder: FOLDER, include: ["**/*.go"], held_out: 10}
batch: {windows: 8, length: 256}
budget: {steps: 49}
export: {types: [F32]}
`

const (
	benchSegment  = 16
	benchSegments = 3 // that are measured from the end of the first on
)

func cpuSeconds() float64 {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

// BenchmarkLeased is the processor time of a step of a leased training, with all that a lease adds to it (roots, states as artifacts,
// notes), and of the same training on the same machine without a lease. One thread.
func BenchmarkLeased(b *testing.B) {
	folder, err := filepath.Abs("../../inference")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	body := strings.Replace(benchRecipe, "FOLDER", folder, 1)
	r := benchOpen(b, dir, body)
	measure := func(name string, run func() float64) {
		b.Run(name, func(b *testing.B) {
			var sum float64
			for b.Loop() {
				sum += run()
			}
			b.ReportMetric(1000*sum/float64(b.N)/(benchSegment*(benchSegments-1)), "cpu-ms/step")
		})
	}
	measure("alone", func() float64 { return alone(b, r) })
	measure("leased", func() float64 { return leased(b, r, body) })
}

func benchOpen(b *testing.B, dir, body string) *recipe.Recipe {
	b.Helper()
	name := filepath.Join(dir, "recipe.yaml")
	if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
		b.Fatal(err)
	}
	r, err := recipe.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// alone trains with nobody to tell, and gives the seconds of the steps behind the first segment.
func alone(b *testing.B, r *recipe.Recipe) float64 {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	var from, to float64
	_, err := train.Run(ctx, train.Config{Recipe: r, Dir: b.TempDir(), Threads: 1, Progress: func(p train.Progress) {
		switch p.Step {
		case benchSegment:
			from = cpuSeconds()
		case benchSegment * benchSegments:
			to = cpuSeconds()
			stop()
		}
	}})
	if to == 0 {
		b.Fatalf("the run ended early: %v", err)
	}
	return to - from
}

// leased has a worker train, whose commitments are taken at once, and gives the seconds of the same steps.
func leased(b *testing.B, r *recipe.Recipe, body string) float64 {
	b.Helper()
	dir := b.TempDir()
	cfg := train.Config{Recipe: r, Dir: dir}
	job, _, err := train.Job(cfg, benchSegment)
	if err != nil {
		b.Fatal(err)
	}
	var pack bytes.Buffer
	if err := train.Pack(cfg, []byte(body), &pack); err != nil {
		b.Fatal(err)
	}
	p := machine(b, dir)
	if _, err := p.store.PutBytes(b.Context(), pack.Bytes()); err != nil {
		b.Fatal(err)
	}
	digest := artifact.DigestOf(pack.Bytes()).Sum()
	a := assignment(order{spec: compute.Spec{Unit: compute.UnitStep, Training: &compute.Training{
		Job: job.Encode(), Recipe: digest[:], Steps: uint64(r.Steps()), Segment: benchSegment,
	}}}, 1, compute.Progress{})
	from := p.until(b, &a, 1)
	to := p.until(b, &a, benchSegments)
	p.off()
	return to - from
}

// until serves a lease until it has as many segments, and gives the processor time at that moment. It looks seldom, to cost little.
func (p *provider) until(b *testing.B, a *lease.Assignment, segments uint64) float64 {
	b.Helper()
	for a.Lease.Next < segments {
		time.Sleep(20 * time.Millisecond)
		commits := p.Commits(a.ID())
		if s, held := p.Status(a.ID()); s.Phase == lease.Failed {
			b.Fatal(s)
		} else if held && len(commits) == 0 {
			continue
		}
		a.Lease.Next += uint64(len(commits))
		if err := p.Reconcile(b.Context(), []lease.Assignment{*a}); err != nil {
			b.Fatal(err)
		}
	}
	return cpuSeconds()
}
