package prover_test

import (
	crypto "crypto/rand"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ayni.example/zk/circuit/circuittest"
	"ayni.example/zk/prover"
	"ayni.example/zk/quant"
	"ayni.example/zk/quant/quanttest"
	"ayni.example/zk/soundness"
	"ayni.example/zk/verifier"
)

// cpu is the processor time of this process: run with GOMAXPROCS=1 it is what one thread takes, collection of garbage included.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkModels proves and verifies each model of the tables in docs, at 96 bits. Medians of processor time are reported as
// cpu-ms; with AYNI_PHASES set, those of each section and its bytes are printed too.
func BenchmarkModels(b *testing.B) {
	mlp := func() circuittest.Model {
		return quantised(b, quanttest.MLP(1, 4, 1024), quant.Config{Rows: quanttest.Rows(2, 50, 1024)}, quanttest.Rows(3, 9, 1024))
	}
	for _, c := range []struct {
		name  string
		model func() circuittest.Model
		bytes uint64 // of the opening
		hide  bool
	}{
		{"mlp-4x1024", mlp, 235_000, false},
		{"mlp-4x1024-hidden", mlp, 243_000, true},
		{"mnist", func() circuittest.Model { return trained(b, "mnist") }, 185_000, false},
		{"cnn-264k", func() circuittest.Model { return circuittest.CNN(rand.New(rand.NewPCG(1, 2))) }, 235_000, false},
		{"cifar-cnn", func() circuittest.Model { return trained(b, "cifar-cnn") }, 235_000, false},
		{"forest-128x9x128", func() circuittest.Model {
			cfg := quant.Config{Rows: quanttest.Rows(2, 200, 64), Instances: 128}
			return quantised(b, quanttest.Forest(1, 128, 9, 64, 256), cfg, quanttest.Rows(3, 512, 64))
		}, 300_000, false},
		{"appraisal-forest", func() circuittest.Model { return trained(b, "appraisal-forest") }, 100_000, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			benchmark(b, c.model(), soundness.Goal{MaxBytes: c.bytes, Grinding: 8, HideWeights: c.hide, HideWitness: c.hide})
		})
	}
}

func benchmark(b *testing.B, m circuittest.Model, goal soundness.Goal) {
	b.Helper()
	found, err := prover.Search(m.Circuit, goal)
	if err != nil {
		b.Fatal(err)
	}
	phases := &phases{}
	model, err := prover.New(prover.Config{
		Circuit: m.Circuit, Weights: m.Weights, Parameters: found.Parameters, Random: crypto.Reader, Progress: phases.hear,
	})
	if err != nil {
		b.Fatal(err)
	}
	s := verifier.Statement{Circuit: m.Circuit, Weights: model.Root(), Parameters: found.Parameters, Input: m.Inputs}
	var proof []byte
	b.Run("prove", func(b *testing.B) {
		var times []time.Duration
		for b.Loop() {
			start := cpu()
			phases.begin()
			if proof, s.Output, err = model.Prove(nil, m.Inputs); err != nil {
				b.Fatal(err)
			}
			times = append(times, cpu()-start)
		}
		b.ReportMetric(float64(median(times).Microseconds())/1000, "cpu-ms")
		b.ReportMetric(float64(len(proof)), "bytes")
		if os.Getenv("AYNI_PHASES") != "" {
			b.Logf("%+v\n%s", found.Parameters, phases)
		}
	})
	b.Run("verify", func(b *testing.B) {
		var times []time.Duration
		for b.Loop() {
			start := cpu()
			if err := verifier.Verify(s, proof); err != nil {
				b.Fatal(err)
			}
			times = append(times, cpu()-start)
		}
		b.ReportMetric(float64(median(times).Microseconds())/1000, "cpu-ms")
	})
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// phases is the times and bytes of the sections of many proofs.
type phases struct {
	names  []string
	times  map[string][]time.Duration
	bytes  map[string]int
	last   time.Duration
	length int
}

func (p *phases) begin() { p.last, p.length = cpu(), 0 }

func (p *phases) hear(section string, length int) {
	if p.times == nil {
		p.times, p.bytes = map[string][]time.Duration{}, map[string]int{}
	}
	if !slices.Contains(p.names, section) {
		p.names = append(p.names, section)
	}
	now := cpu()
	p.times[section] = append(p.times[section], now-p.last)
	p.bytes[section] = length - p.length
	p.last, p.length = now, length
}

func (p *phases) String() string {
	var s strings.Builder
	for _, name := range p.names {
		fmt.Fprintf(&s, "%-12s %7.2f ms %8d bytes\n", name, float64(median(p.times[name]).Microseconds())/1000, p.bytes[name])
	}
	return s.String()
}
