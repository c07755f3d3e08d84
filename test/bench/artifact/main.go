// Command artifact measures the store of blobs and their exchange between processes: putting against cp and the disk, fetching over
// loopback against plain copies through the same libp2p and through TCP, both against what one core hashes, and a store of
// 10,000 artifacts.
//
//	go run ./test/bench/artifact [-json] [-mb N] [-rounds N] [-dir FOLDER]
//
// All take turns in rounds, each as a process of its own whose processor time the kernel counts; a figure is the median of the rounds.
// Whoever writes a file flushes it to the disk before it ends, cp too.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// report is what -json prints.
type report struct {
	MB     int      `json:"mb"`
	Rounds int      `json:"rounds"`
	Hash   float64  `json:"hash"` // MB that one core hashes in a second
	Copies []result `json:"copies"`
	Many   many     `json:"many"`
}

// result is one way to move bytes.
type result struct {
	Name  string  `json:"name"`
	Clock float64 `json:"clock"` // MB a second
	Core  float64 `json:"core"`  // MB a core-second, all processes that take part
}

func main() {
	asJSON := flag.Bool("json", false, "print JSON")
	mb := flag.Int("mb", 256, "size of the blob")
	rounds := flag.Int("rounds", 5, "turns of each")
	dir := flag.String("dir", "", "folder on the disk to measure (default: the system's temporary one)")
	flag.Parse()
	if flag.NArg() > 0 {
		if err := child(context.Background(), flag.Args()); err != nil {
			fmt.Fprintln(os.Stderr, "artifact child:", err)
			os.Exit(1)
		}
		return
	}
	r, err := measure(*mb, *rounds, *dir)
	if err == nil {
		err = r.print(*asJSON)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "artifact:", err)
		os.Exit(1)
	}
}

func measure(mb, rounds int, parent string) (*report, error) {
	dir, err := os.MkdirTemp(parent, "ayni-bench-artifact-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a leftover in a temporary folder
	r := &report{MB: mb, Rounds: rounds}
	if r.Many, err = manyArtifacts(dir); err != nil {
		return nil, err
	}
	b, err := newRig(dir, mb)
	if err != nil {
		return nil, err
	}
	seen := map[string][]taken{}
	var hash []float64
	for range rounds {
		hash = append(hash, b.hash())
		for _, w := range b.ways() {
			t, err := w.run()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", w.name, err)
			}
			seen[w.name] = append(seen[w.name], t)
		}
	}
	r.Hash = median(hash)
	for _, w := range b.ways() {
		var clock, core []float64
		for _, t := range seen[w.name] {
			clock, core = append(clock, float64(mb)/t.clock.Seconds()), append(core, float64(mb)/t.core.Seconds())
		}
		r.Copies = append(r.Copies, result{w.name, median(clock), median(core)})
	}
	return r, nil
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

func (r *report) print(asJSON bool) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	fmt.Printf("%d MB, %d rounds; one core hashes %.0f MB/s\n", r.MB, r.Rounds, r.Hash)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "what\tMB/s\tMB per core-second\t")
	for _, c := range r.Copies {
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t\n", c.Name, c.Clock, c.Core)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	m := r.Many
	fmt.Printf("%d artifacts of %d bytes: put and pinned %s each (flushed file alone: %s), list %s, pins %s, stat %s each, collect nothing %s, collect all %s\n",
		m.Count, m.Bytes, us(m.Put), us(m.Flushed), us(m.List), us(m.Pins), us(m.Stat), us(m.CollectNone), us(m.CollectAll))
	return nil
}

func us(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second)).Round(time.Microsecond)
}
