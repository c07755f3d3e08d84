package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	target    = "./cmd/ayni"
	strip     = "-s -w"
	buildMost = 20 * time.Minute // bounds one build
)

// builds measures both sizes, and a build that finds everything done.
func (s *stats) builds(ctx context.Context, dir string) error {
	for _, b := range []struct {
		flags string
		size  *int64
	}{{"", &s.WithSymbols}, {strip, &s.Stripped}} {
		out := filepath.Join(dir, "ayni"+strings.ReplaceAll(b.flags, " ", ""))
		if _, _, err := build(ctx, out, b.flags); err != nil {
			return err
		}
		info, err := os.Stat(out)
		if err != nil {
			return fmt.Errorf("look at the binary: %w", err)
		}
		*b.size = info.Size()
	}
	var err error
	s.Build, s.BuildCPU, err = build(ctx, filepath.Join(dir, "ayni"+strings.ReplaceAll(strip, " ", "")), strip)
	return err
}

// coldBuild builds with an empty cache; modules are not fetched again.
func (s *stats) coldBuild(ctx context.Context, dir string) error {
	var err error
	s.ColdProcesses = runtime.NumCPU()
	s.Cold, s.ColdCPU, err = build(ctx, filepath.Join(dir, "cold"), strip, "GOCACHE="+filepath.Join(dir, "cache"))
	return err
}

// build tells the time of the clock and of all processors.
func build(ctx context.Context, out, ldflags string, env ...string) (wall, cpu time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, buildMost)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags", ldflags, "-o", out, target)
	cmd.Env = append(os.Environ(), append(env, "CGO_ENABLED=0")...)
	start := time.Now()
	if text, err := cmd.CombinedOutput(); err != nil {
		return 0, 0, fmt.Errorf("go build: %w: %s", err, strings.TrimSpace(string(text)))
	}
	return time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}
