// Command gemm compares products of float32 matrices with OpenBLAS (numpy's, in a process of its own) and with what the
// processor's multipliers can do at most, per second of processor time and with one thread each.
//
//	go run ./test/bench/gemm [-json] [-rounds N] [-only WORDS]
//
// The two take turns in rounds of a few dozen milliseconds, so that both see the same machine; a figure is the median of
// the rounds, a ratio the median of the ratios within a round and the peak the best seen. It needs python3 with numpy; AYNI_KERNEL chooses ours.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"ayni.example/test/bench/peak"
)

// report is what -json prints; speeds are in 10^9 operations (a multiplication and an addition are two) a second.
type report struct {
	Peer  string   `json:"peer"`
	Peak  float64  `json:"peak"`
	Cases []result `json:"cases"`
}

type result struct {
	Name   string  `json:"name"`
	M      int     `json:"m"`
	N      int     `json:"n"`
	K      int     `json:"k"`
	Own    float64 `json:"ayni"`
	Peer   float64 `json:"openblas"`
	Ratio  float64 `json:"ratio"`
	OfPeak float64 `json:"of_peak"`
}

func main() {
	asJSON := flag.Bool("json", false, "print JSON")
	rounds := flag.Int("rounds", 9, "turns that each side takes at a shape")
	only := flag.String("only", "", "comma-separated words: only shapes whose name has one of them")
	flag.Parse()
	r, err := measure(*rounds, strings.Split(*only, ","))
	if err == nil {
		err = r.print(*asJSON)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gemm:", err)
		os.Exit(1)
	}
}

func measure(rounds int, words []string) (*report, error) {
	peer, err := startPeer()
	if err != nil {
		return nil, err
	}
	defer peer.Stop()
	r := &report{Peer: peer.Name}
	var peaks []float64
	for _, c := range cases() {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(c.name, w) }) {
			continue
		}
		own := newProduct(c)
		if err := peer.begin(c); err != nil {
			return nil, err
		}
		repeat := max(1, int(roundWork/c.operations()))
		var mine, theirs, ratios []float64
		for range rounds {
			peaks = append(peaks, peak.Operations())
			a := c.operations() * float64(repeat) / peak.Seconds(func() { own.run(repeat) }) / 1e9
			s, err := peer.run(repeat)
			if err != nil {
				return nil, err
			}
			b := c.operations() * float64(repeat) / s / 1e9
			mine, theirs, ratios = append(mine, a), append(theirs, b), append(ratios, a/b)
		}
		r.Cases = append(r.Cases, result{c.name, c.m, c.n, c.k, median(mine), median(theirs), median(ratios), 0})
	}
	r.Peak = slices.Max(append(peaks, 0)) // a limit, so the best
	for i := range r.Cases {
		r.Cases[i].OfPeak = r.Cases[i].Own / r.Peak
	}
	return r, nil
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

func (r *report) print(asJSON bool) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	fmt.Printf("peer: %s; peak of one core: %.1f GFLOP/s\n", r.Peer, r.Peak)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "shape\tm\tn\tk\tayni\topenblas\tratio\tof peak\t")
	for _, c := range r.Cases {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%.1f\t%.1f\t%.2f\t%.0f %%\t\n", c.Name, c.M, c.N, c.K, c.Own, c.Peer, c.Ratio, 100*c.OfPeak)
	}
	return w.Flush()
}
