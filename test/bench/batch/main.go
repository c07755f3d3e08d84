// Command batch measures what the exact engine gains by computing requests together, and by recomputing an answer that is at
// hand, in tokens per second of processor time with one thread:
//
//	go run ./test/bench/batch [-json] [-rounds N] [-only WORDS]
//
//	one, eight  answers per request alone and eight at a time; eight reads each weight once for eight tokens
//	replay      processor time of a replay as a share of generating the answer: greedy, with the default sampling, and that
//	            from the text alone, which may have other tokens than the model wrote
//	first       processor time to the first token of a long prompt: fresh, and when its beginning was kept
//
// All take turns in rounds, so that they see the same machine; a figure is the median of the rounds, a ratio the median of the
// ratios within a round. The limit beside them is what this machine reads from memory: one request reads all weights for each
// token. AYNI_KERNEL chooses the kernels.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
)

// report is what -json prints.
type report struct {
	Bandwidth float64  `json:"bandwidth"` // 10^9 bytes a second that one core reads
	Cases     []result `json:"cases"`
}

func main() {
	asJSON := flag.Bool("json", false, "print JSON")
	rounds := flag.Int("rounds", 5, "turns that each side takes with a model")
	only := flag.String("only", "", "comma-separated words: only models whose name has one of them")
	flag.Parse()
	r, err := measure(*rounds, strings.Split(*only, ","))
	if err == nil {
		err = r.print(*asJSON)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "batch:", err)
		os.Exit(1)
	}
}

func measure(rounds int, words []string) (*report, error) {
	r := &report{Bandwidth: bandwidth()}
	for _, f := range fixtures() {
		if !named(f.name, words) {
			continue
		}
		c, err := f.run(rounds)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		c.OfBandwidth = c.One * c.WeightBytes / 1e9 / r.Bandwidth
		r.Cases = append(r.Cases, c)
	}
	return r, nil
}

func named(name string, words []string) bool {
	for _, w := range words {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

func (r *report) print(asJSON bool) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	fmt.Printf("tokens per second of processor time, one thread; memory is read at %.1f GB/s\n\n", r.Bandwidth)
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "model\tweights\tone\tof bandwidth\teight\tratio\treplay greedy\treplay sampled\tfrom text\tfirst fresh\tfirst kept\tratio\t")
	for _, c := range r.Cases {
		_, _ = fmt.Fprintf(w, "%s\t%.1f MB\t%.0f\t%.2f\t%.0f\t%.2f\t%.2f\t%.2f\t%.2f\t%.1f ms\t%.1f ms\t%.2f\t\n",
			c.Name, c.WeightBytes/1e6, c.One, c.OfBandwidth, c.Eight, c.Ratio, c.Greedy, c.Sampled, c.Text, c.Fresh*1e3, c.Kept*1e3, c.Saved)
	}
	return w.Flush()
}
