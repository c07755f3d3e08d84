// Command stats prints what the binary is made of: direct dependencies, linked modules, size, and how long a build takes.
//
//	go run ./tools/stats [-cold] [-json]
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"
)

// stats is what this command measures.
type stats struct {
	Direct        []string      `json:"direct"` // modules whose packages this repository imports
	Linked        int           `json:"linked"` // modules that the binary holds, with the indirect ones
	Packages      int           `json:"packages"`
	Stripped      int64         `json:"stripped_bytes"`
	WithSymbols   int64         `json:"bytes"`
	Build         time.Duration `json:"noop_wall"` // of a build with nothing to do
	BuildCPU      time.Duration `json:"noop_cpu"`
	Cold          time.Duration `json:"cold_wall,omitempty"` // with an empty cache; modules are there
	ColdCPU       time.Duration `json:"cold_cpu,omitempty"`
	ColdProcesses int           `json:"cold_processes,omitempty"`
}

func main() {
	cold := flag.Bool("cold", false, "also build with an empty cache, which takes minutes")
	asJSON := flag.Bool("json", false, "print JSON")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := measure(ctx, *cold)
	if err == nil {
		err = s.print(os.Stdout, *asJSON)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "stats:", err)
		os.Exit(1) //nolint:gocritic // the signal handler needs no undoing
	}
}

func measure(ctx context.Context, cold bool) (stats, error) {
	s, err := dependencies(ctx)
	if err != nil {
		return s, err
	}
	dir, err := os.MkdirTemp("", "ayni-stats-*")
	if err != nil {
		return s, fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a leftover in the system's temporary folder
	if err := s.builds(ctx, dir); err != nil {
		return s, err
	}
	if cold {
		return s, s.coldBuild(ctx, dir)
	}
	return s, nil
}

func (s stats) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(s)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "direct dependencies\t%d\n", len(s.Direct))
	fmt.Fprintf(t, "linked modules\t%d\n", s.Linked)
	fmt.Fprintf(t, "linked packages\t%d\n", s.Packages)
	fmt.Fprintf(t, "binary with symbols\t%.1f MB\n", float64(s.WithSymbols)/1e6)
	fmt.Fprintf(t, "binary stripped\t%.1f MB\n", float64(s.Stripped)/1e6)
	fmt.Fprintf(t, "build with nothing to do\t%.1f s (%.1f s CPU)\n", s.Build.Seconds(), s.BuildCPU.Seconds())
	if s.Cold > 0 {
		fmt.Fprintf(t, "build from nothing\t%.0f s (%.0f s CPU) on %d processors\n", s.Cold.Seconds(), s.ColdCPU.Seconds(), s.ColdProcesses)
	}
	for _, d := range s.Direct {
		fmt.Fprintf(t, "  %s\n", d)
	}
	return t.Flush()
}
