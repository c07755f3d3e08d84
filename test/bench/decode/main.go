package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

// report is what -json prints.
type report struct {
	Kernels   string   `json:"kernels"`
	Bandwidth float64  `json:"bandwidth_gb_per_s"` // of one core that reads memory in order
	Int8Peak  float64  `json:"int8_peak_gmac_per_s"`
	Cases     []result `json:"cases"`
}

// result is one model; rates are tokens a second of processor time.
type result struct {
	Model      string  `json:"model"`
	Format     string  `json:"format"`
	Parameters uint64  `json:"parameters"`
	Decode     measure `json:"decode"`
	Prefill    measure `json:"prefill"`
}

type measure struct {
	Own   float64 `json:"ayni"`
	Peer  float64 `json:"llama_cpp,omitempty"`
	Ratio float64 `json:"ratio,omitempty"`
	// Limit is the share of the measured limit that our rate reaches, of which the name says.
	Limit     float64 `json:"of_limit,omitempty"`
	LimitName string  `json:"limit,omitempty"`
}

type options struct {
	rounds    int
	only      []string
	peer, lib string
}

func main() {
	var o options
	asJSON := flag.Bool("json", false, "print JSON")
	only := flag.String("only", "", "comma-separated words: only cases whose name has all of them")
	flag.IntVar(&o.rounds, "rounds", 5, "turns that each engine takes at a case")
	flag.StringVar(&o.peer, "peer", "", "built program of test/bench/llamacpp (default: build it)")
	flag.StringVar(&o.lib, "lib", os.Getenv("LLAMACPP_LIB"), "folder of llama.cpp's shared libraries")
	flag.Parse()
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	r, err := run(&o)
	if err == nil {
		err = r.print(*asJSON)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "decode:", err)
		os.Exit(1)
	}
}

func (o *options) wants(name string) bool {
	for _, w := range o.only {
		if !strings.Contains(name, w) {
			return false
		}
	}
	return true
}

func (r *report) print(asJSON bool) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	fmt.Printf("kernels %s; one core reads %.1f GB/s and multiplies %.0f int8 pairs a nanosecond\n", r.Kernels, r.Bandwidth, r.Int8Peak)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "model\tformat\tdecode tok/cpu-s\tllama.cpp\tratio\tof limit\tprefill tok/cpu-s\tllama.cpp\tratio\tof limit\t")
	for _, c := range r.Cases {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", c.Model, c.Format, c.Decode.columns(), c.Prefill.columns())
	}
	return w.Flush()
}

func (m measure) columns() string {
	s := fmt.Sprintf("%.0f\t-\t-", m.Own)
	if m.Peer > 0 {
		s = fmt.Sprintf("%.0f\t%.0f\t%.2f", m.Own, m.Peer, m.Ratio)
	}
	if m.LimitName == "" {
		return s + "\t-"
	}
	return s + fmt.Sprintf("\t%.0f %% of %s", 100*m.Limit, m.LimitName)
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}
