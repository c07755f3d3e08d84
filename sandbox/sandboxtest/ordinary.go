package sandboxtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ayni.example/sandbox"
)

func exitCodes(t *testing.T, s Subject) {
	for _, code := range []int{0, 1, 42, 137} {
		s.call(t, sandbox.Spec{}, "exit", strconv.Itoa(code)).want(t, sandbox.Exited, code)
	}
}

func streams(t *testing.T, s Subject) {
	text := strings.Repeat("a line of text\n", 10_000)
	o := s.call(t, sandbox.Spec{Stdin: strings.NewReader(text)}, "echo")
	o.want(t, sandbox.Exited, 0)
	if o.out != text {
		t.Errorf("%d bytes came back of %d", len(o.out), len(text))
	}
	if o.Usage.Output != int64(len(text)) {
		t.Errorf("usage says %d bytes of output", o.Usage.Output)
	}
}

func arguments(t *testing.T, s Subject) {
	t.Setenv("HOST_SECRET", "of this machine")
	o := s.call(t, sandbox.Spec{Env: []string{"NAME=a value", "EMPTY="}}, "show", "an argument", "", "*")
	o.want(t, sandbox.Exited, 0)
	lines := strings.SplitN(o.out, "\n", 2)
	if lines[0] != "[an argument  *]" {
		t.Errorf("arguments are %s", lines[0])
	}
	if !strings.Contains(lines[1], "NAME=a value") || strings.Contains(o.out, "HOST_SECRET") {
		t.Errorf("environment is %s", lines[1])
	}
	if o.err != "to stderr\n" {
		t.Errorf("stderr is %q", o.err)
	}
}

func fileTransfer(t *testing.T, s Subject) {
	output := t.TempDir()
	s.call(t, sandbox.Spec{Inputs: data(t), Output: output}, "copy").want(t, sandbox.Exited, 0)
	got, err := os.ReadFile(filepath.Join(output, "a", "data"))
	if err != nil || string(got) != "some data" {
		t.Errorf("the output holds %q, %v", got, err)
	}
	if rest, err := os.ReadDir(filepath.Join(output, "a", "b")); err != nil || len(rest) > 0 {
		t.Errorf("the folder b holds %v, %v", rest, err)
	}
}

func badSpecs(t *testing.T, s Subject) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, spec := range map[string]sandbox.Spec{
		"input without name": {Inputs: []sandbox.Input{{Path: full + "/x"}}},
		"input that climbs":  {Inputs: []sandbox.Input{{Name: "../x", Path: full + "/x"}}},
		"input twice":        {Inputs: []sandbox.Input{{Name: "x", Path: full + "/x"}, {Name: "x", Path: full + "/x"}}},
		"input is missing":   {Inputs: []sandbox.Input{{Name: "x", Path: full + "/y"}}},
		"input is a folder":  {Inputs: []sandbox.Input{{Name: "x", Path: full}}},
		"variable":           {Env: []string{"novalue"}},
		"zero byte":          {Args: []string{"/attack", "a\x00b"}},
		"long arguments":     {Args: []string{"/attack", strings.Repeat("x", 1<<18)}},
		"negative limit":     {Limits: sandbox.Limits{Memory: -1}},
		"output is full":     {Output: full},
		"output is missing":  {Output: full + "/none"},
	} {
		if p, err := s.Driver.Start(t.Context(), s.Image, spec); !errors.Is(err, sandbox.ErrSpec) {
			t.Errorf("%s: %v", name, err)
			if p != nil {
				p.Kill()
				_, _ = p.Wait()
			}
		}
	}
	if _, err := s.Driver.Start(t.Context(), sandbox.Image{Digest: "sha256:none"}, sandbox.Spec{}); !errors.Is(err, sandbox.ErrImage) {
		t.Errorf("an image that is not there: %v", err)
	}
}

// signal closes c at the first byte.
type signal struct {
	once sync.Once
	c    chan struct{}
}

func (w *signal) Write(p []byte) (int, error) {
	w.once.Do(func() { close(w.c) })
	return len(p), nil
}

// begin starts a program that prints and then waits.
func begin(ctx context.Context, t *testing.T, s Subject, name string) sandbox.Process {
	t.Helper()
	w := &signal{c: make(chan struct{})}
	p, err := s.Driver.Start(ctx, s.Image, sandbox.Spec{Args: []string{"/attack", name}, Stdout: w, Limits: endlessFuel()})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-w.c:
	case <-time.After(time.Minute):
		t.Error("the program does not begin")
	}
	return p
}

func endlessFuel() sandbox.Limits { return sandbox.Limits{Fuel: 1 << 60, Output: 1 << 40} }

func wantKilled(t *testing.T, p sandbox.Process) {
	t.Helper()
	done := make(chan outcome, 1)
	go func() {
		result, err := p.Wait()
		done <- outcome{Result: result, err: fmt.Sprint(err)}
	}()
	select {
	case o := <-done:
		o.want(t, sandbox.Killed, 0)
	case <-time.After(8 * time.Second): // less than what a driver gives its runtime to end by itself
		t.Error("it does not end")
	}
}

func cancel(t *testing.T, s Subject) {
	ctx, end := context.WithCancel(t.Context())
	defer end()
	p := begin(ctx, t, s, "hang")
	end()
	wantKilled(t, p)
}

func killByCaller(t *testing.T, s Subject) {
	p := begin(t.Context(), t, s, "hang")
	p.Kill()
	p.Kill()
	wantKilled(t, p)
}

func concurrent(t *testing.T, s Subject) {
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			output := t.TempDir()
			text := fmt.Sprint("run ", i)
			if o := s.call(t, sandbox.Spec{Stdin: strings.NewReader(text)}, "echo"); o.out != text {
				t.Errorf("run %d printed %q", i, o.out)
			}
			s.call(t, sandbox.Spec{Inputs: data(t), Output: output}, "copy").want(t, sandbox.Exited, 0)
		})
	}
	all.Wait()
}
