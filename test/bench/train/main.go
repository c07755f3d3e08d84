// Command train compares training steps of the starter model with PyTorch: tokens per second of processor time with one
// thread each, adapters beside all weights, and the share of what the processor's multipliers can do at most.
//
//	go run ./test/bench/train [-json] [-rounds N]
//
// The two take turns, so that both see the same machine; a figure is the median of the rounds and a ratio the median of
// the ratios within a round. PyTorch runs in its fastest variant, found first. It needs python3 with torch. The test of
// this package checks that both sides get the same loss curve from the same weights.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"ayni.example/tensor/grad"
	"ayni.example/test/bench/peak"
)

// report is what -json prints; speeds are in tokens per second of processor time.
type report struct {
	Peer string   `json:"peer"`
	Peak float64  `json:"peak"` // 10^9 operations a second
	Runs []result `json:"runs"`
}

type result struct {
	Name    string  `json:"name"`
	Own     float64 `json:"ayni"`
	Peer    float64 `json:"pytorch"`
	Variant string  `json:"variant"`
	Ratio   float64 `json:"ratio"`
	OfPeak  float64 `json:"of_peak"`
}

func main() {
	asJSON := flag.Bool("json", false, "print JSON")
	rounds := flag.Int("rounds", 7, "turns that each side takes")
	flag.Parse()
	r, err := measure(max(1, *rounds))
	if err == nil {
		err = r.print(*asJSON)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func measure(rounds int) (*report, error) {
	p, err := startPeer()
	if err != nil {
		return nil, err
	}
	defer p.Stop()
	r := &report{Peer: p.Name}
	full, lora := starter(), starter()
	lora.LoRA = &grad.LoRA{Rank: 8, Alpha: 16, Seed: 1}
	var peaks []float64
	for _, c := range []struct {
		name string
		job  job
	}{{"all weights", full}, {"adapters of rank 8", lora}} {
		run, err := compare(p, &c.job, rounds, &peaks)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		run.Name = c.name
		run.OfPeak = run.Own * c.job.operations() / 1e9
		r.Runs = append(r.Runs, run)
	}
	r.Peak = median(peaks)
	for i := range r.Runs {
		r.Runs[i].OfPeak /= r.Peak
	}
	return r, nil
}

// stepsPerTurn is about a second of work.
const stepsPerTurn = 3

func compare(p *peer, j *job, rounds int, peaks *[]float64) (result, error) {
	o, err := j.own(1)
	if err != nil {
		return result{}, err
	}
	folder, err := os.MkdirTemp("", "bench-train")
	if err != nil {
		return result{}, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := o.export(folder); err != nil {
		return result{}, err
	}
	best, err := fastest(p, folder)
	if err != nil {
		return result{}, err
	}
	if _, err := o.step(); err != nil { // warm
		return result{}, err
	}
	tokens := float64(stepsPerTurn * j.Batch * (j.Length - 1))
	var mine, theirs, ratios []float64
	for range rounds {
		*peaks = append(*peaks, peak.Operations())
		a := tokens / peak.Seconds(func() {
			for range stepsPerTurn {
				if _, e := o.step(); e != nil {
					err = e
				}
			}
		})
		if err != nil {
			return result{}, err
		}
		s, err := p.step(stepsPerTurn)
		if err != nil {
			return result{}, err
		}
		mine, theirs, ratios = append(mine, a), append(theirs, tokens/s), append(ratios, a*s/tokens)
	}
	return result{Own: median(mine), Peer: median(theirs), Variant: best, Ratio: median(ratios)}, nil
}

// fastest tries PyTorch's variants and leaves the best one loaded.
func fastest(p *peer, folder string) (string, error) {
	variants := []string{"eager", "fused", "fused,foreach", "baddbmm", "baddbmm,fused", "baddbmm,fused,foreach"}
	if strings.Contains(p.Name, "sdpa") {
		variants = append(variants, "sdpa", "sdpa,fused", "sdpa,fused,foreach")
	}
	best, least := "", 0.0
	for _, v := range variants {
		if err := p.begin(folder, v); err != nil {
			return "", err
		}
		if _, err := p.step(1); err != nil { // warm
			return "", err
		}
		s, err := p.step(stepsPerTurn)
		if err != nil {
			return "", err
		}
		if best == "" || s < least {
			best, least = v, s
		}
	}
	if err := p.begin(folder, best); err != nil {
		return "", err
	}
	_, err := p.step(1)
	return best, err
}

// operations are those that the definition of a token's step needs, a multiplication and an addition counted as two:
// forward, gradients of inputs, and gradients of weights unless they are frozen; attention sees half of the positions
// on average, and what a pass computes twice counts once.
func (j *job) operations() float64 {
	s := j.Shape
	matrices := s.Layers * (s.Width*(2*s.Heads+2*s.KVHeads)*s.HeadSize + 3*s.Width*s.Inner)
	output := s.Vocab * s.Width
	attention := float64(s.Layers*s.Heads*s.HeadSize) * float64(j.Length) / 2
	products := 3.0
	extra := 0.0
	if j.LoRA != nil {
		products = 2
		perLayer := 2*s.Width + 2*s.Heads*s.HeadSize + 2*(s.Width+s.KVHeads*s.HeadSize) + 3*(s.Width+s.Inner)
		extra = 3 * float64(s.Layers*j.LoRA.Rank*perLayer)
	}
	return 2 * (products*float64(matrices+output) + extra + 6*attention)
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

func (r *report) print(asJSON bool) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	fmt.Printf("peer: %s, one thread each; peak of one core: %.1f GFLOP/s; tokens per second of processor time\n", r.Peer, r.Peak)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "training\tayni\tpytorch\tratio\tof peak\tpytorch's variant\t")
	for _, c := range r.Runs {
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.2f\t%.0f %%\t%s\t\n", c.Name, c.Own, c.Peer, c.Ratio, 100*c.OfPeak, c.Variant)
	}
	return w.Flush()
}
