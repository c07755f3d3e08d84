package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	readyMost = 2 * time.Minute
	stopMost  = 20 * time.Second
	tick      = 10 * time.Millisecond // of /proc: USER_HZ is 100 on every Linux
)

// process is a child that said where it serves.
type process struct {
	cmd  *exec.Cmd
	url  string
	took time.Duration // from start to ready
	err  tail
}

// tail keeps the end of what a child wrote.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	t.b = t.b[max(0, len(t.b)-2000):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.b))
}

// launch starts a child and waits for its line `ready URL`. The context's end kills it.
func launch(ctx context.Context, name string, args ...string) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, name, args...)}
	p.cmd.Stderr, p.cmd.WaitDelay = &p.err, stopMost
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(name), err)
	}
	start := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(name), err)
	}
	line := make(chan string, 1)
	go func() {
		scanner := bufio.NewScanner(out)
		scanner.Scan()
		line <- scanner.Text()
	}()
	select {
	case text := <-line:
		url, ok := strings.CutPrefix(text, "ready ")
		if !ok {
			p.kill()
			return nil, fmt.Errorf("start %s: it said %q, not ready: %s", filepath.Base(name), text, &p.err)
		}
		p.url, p.took = url, time.Since(start)
		return p, nil
	case <-time.After(readyMost):
		p.kill()
		return nil, fmt.Errorf("start %s: not ready after %s: %s", filepath.Base(name), readyMost, &p.err)
	}
}

// stop ends a child as an operator would.
func (p *process) stop() error {
	if p == nil {
		return nil
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop: %w", err)
	}
	timer := time.AfterFunc(stopMost, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("stop: %w: %s", err, &p.err)
	}
	return nil
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// cpu is the processor time of the child so far, all its threads together.
func (p *process) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("processor time: %w", err)
	}
	return parseStat(string(text))
}

// parseStat reads user and system time; the name before them may hold blanks and brackets.
func parseStat(text string) (time.Duration, error) {
	end := strings.LastIndexByte(text, ')')
	fields := strings.Fields(text[end+1:])
	if end < 0 || len(fields) < 13 {
		return 0, fmt.Errorf("processor time: %q has too few fields", text)
	}
	var sum uint64
	for _, f := range fields[11:13] { // utime and stime are fields 14 and 15, and the name was the second
		ticks, err := strconv.ParseUint(f, 10, 48)
		if err != nil {
			return 0, fmt.Errorf("processor time: %w", err)
		}
		sum += ticks
	}
	return time.Duration(sum) * tick, nil
}

// machine is a home with, at times, a process.
type machine struct {
	*process
	bin, home string
}

// newMachine makes a home with a configuration.
func (b *bench) newMachine(name, config string) (*machine, error) {
	m := &machine{bin: b.bin, home: filepath.Join(b.dir, name)}
	if err := os.MkdirAll(m.home, 0o700); err != nil {
		return nil, fmt.Errorf("make home: %w", err)
	}
	config += "log: warn\n"
	if err := os.WriteFile(filepath.Join(m.home, "config.yaml"), []byte(config), 0o600); err != nil {
		return nil, fmt.Errorf("make home: %w", err)
	}
	return m, nil
}

// start runs `ayni up`, or the command given.
func (m *machine) start(ctx context.Context, args ...string) error {
	if len(args) == 0 {
		args = []string{"up"}
	}
	args = append(args, "--home", m.home, "--listen", "127.0.0.1:0", "--ollama", "off")
	var err error
	m.process, err = launch(ctx, m.bin, args...)
	return err
}

// status is what the machine tells its owner.
type status struct {
	Height  int64  `json:"height"`
	Serving string `json:"serving"`
}

// status asks over HTTP: a command would cost a process.
func (m *machine) status(ctx context.Context) (status, error) {
	var s status
	text, err := os.ReadFile(filepath.Join(m.home, "run", "process.json"))
	if err != nil {
		return s, fmt.Errorf("read status: %w", err)
	}
	var reach struct{ Operator, Control string }
	if err := json.Unmarshal(text, &reach); err != nil {
		return s, fmt.Errorf("read status: %w", err)
	}
	header := http.Header{"Authorization": {"Bearer " + reach.Control}}
	return s, getJSON(ctx, strings.TrimSuffix(reach.Operator, "/")+"/ayni/v1/status", header, &s)
}

// size is the length of all files of the home together.
func (m *machine) size() (int64, error) {
	var sum int64
	err := filepath.WalkDir(m.home, func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a compaction removed it
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			sum += info.Size()
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("measure home: %w", err)
	}
	return sum, nil
}
