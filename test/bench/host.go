package main

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// host is the machine that everything was measured on.
type host struct {
	processor, memory, golang, program, load string
	cores                                    int
	start                                    time.Time
}

func describe(ctx context.Context, program string) host {
	h := host{
		processor: field("/proc/cpuinfo", "model name"), cores: runtime.NumCPU(), golang: output(ctx, "go", "env", "GOVERSION"),
		program: output(ctx, program, "version"), load: loadAverage(), start: time.Now(),
	}
	if h.processor == "" {
		h.processor = "unknown processor"
	}
	h.processor += " (" + runtime.GOOS + "/" + runtime.GOARCH + ")"
	h.memory = "unknown memory"
	if kib, err := strconv.ParseFloat(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"), 64); err == nil {
		h.memory = strconv.FormatFloat(kib/(1<<20), 'f', 0, 64) + " GiB"
	}
	return h
}

// busy tells whether others had more than a tenth of the machine when we began.
func (h host) busy() bool {
	one, _, _ := strings.Cut(h.load, " ")
	load, err := strconv.ParseFloat(one, 64)
	return err == nil && load > 0.1*float64(h.cores)+0.5
}

// field is the value of the first line of a file that begins with a key.
func field(file, key string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		name, value, found := strings.Cut(line, ":")
		if found && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// loadAverage is that of 1, 5 and 15 minutes.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

func output(ctx context.Context, name string, args ...string) string {
	text, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}
