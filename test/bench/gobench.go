package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// goBench is a package's benchmarks, compiled once.
type goBench struct{ binary, dir string }

func (b *bench) compile(ctx context.Context, pkg string) (*goBench, error) {
	g := &goBench{filepath.Join(b.dir, strings.ReplaceAll(pkg, "/", "-")+".test"), pkg}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-o", g.binary, "./"+pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile the tests of %s: %w: %s", pkg, err, strings.TrimSpace(string(text)))
	}
	return g, nil
}

// results are the values of each benchmark and unit, one for every run.
type results map[string][]float64

// run executes benchmarks on one processor; time is 1s or a count such as 100x.
func (g *goBench) run(ctx context.Context, pattern, time string, count int) (results, error) {
	r, _, err := g.timed(ctx, pattern, time, count)
	return r, err
}

// timed also tells the processor time of the whole run in seconds.
func (g *goBench) timed(ctx context.Context, pattern, time string, count int) (results, float64, error) {
	cmd := exec.CommandContext(ctx, g.binary, "-test.run=^$", "-test.bench="+pattern, "-test.benchtime="+time, "-test.cpu=1",
		"-test.count="+strconv.Itoa(count))
	cmd.Dir = g.dir
	text, err := cmd.CombinedOutput()
	if err != nil {
		return nil, 0, fmt.Errorf("run %s of %s: %w: %s", pattern, g.dir, err, last(text, 300))
	}
	r := parseBench(string(text))
	if len(r) == 0 {
		return nil, 0, fmt.Errorf("run %s of %s: it printed no result: %s", pattern, g.dir, last(text, 300))
	}
	return r, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), nil
}

// tool builds a command of this repository and returns what it prints. It is not left to `go run`, which would outlive a limit.
func (b *bench) tool(ctx context.Context, pkg string, args ...string) ([]byte, error) {
	binary := filepath.Join(b.dir, strings.ReplaceAll(pkg, "/", "-"))
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./"+pkg).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build %s: %w: %s", pkg, err, last(text, 200))
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w: %s", pkg, err, last(stderr.Bytes(), 200))
	}
	return text, nil
}

func last(text []byte, n int) string { return strings.TrimSpace(string(text[max(0, len(text)-n):])) }

// parseBench reads lines such as `BenchmarkSend-2   3   1234 ns/op   3000 tx/s`; keys are `Send tx/s`.
func parseBench(text string) results {
	suffix := regexp.MustCompile(`-\d+$`)
	r := results{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		name, ok := strings.CutPrefix(line, "Benchmark")
		if !ok || len(fields) < 4 {
			continue
		}
		name, _, _ = strings.Cut(name, " ")
		name = suffix.ReplaceAllString(strings.Fields(name)[0], "")
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				break
			}
			key := name + " " + fields[i+1]
			r[key] = append(r[key], value)
		}
	}
	return r
}

// median of one benchmark's unit; an error where it was not printed.
func (r results) median(key string) (float64, error) {
	if len(r[key]) == 0 {
		return 0, fmt.Errorf("no benchmark printed %s", key)
	}
	return medianFloat(r[key]), nil
}

// figures are medians, in order.
func (r results) figures(keys ...string) ([]float64, error) {
	all := make([]float64, len(keys))
	for i, key := range keys {
		var err error
		if all[i], err = r.median(key); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// cpuPerOp is the processor time of one iteration in seconds: the difference between a long and a short run, so that setting
// up is not counted.
func (g *goBench) cpuPerOp(ctx context.Context, pattern string, short, long int) (float64, error) {
	_, a, err := g.timed(ctx, pattern, strconv.Itoa(short)+"x", 1)
	if err != nil {
		return 0, err
	}
	_, b, err := g.timed(ctx, pattern, strconv.Itoa(long)+"x", 1)
	if err != nil {
		return 0, err
	}
	if b <= a {
		return 0, fmt.Errorf("%d iterations of %s took no longer than %d", long, pattern, short)
	}
	return (b - a) / float64(long-short), nil
}
