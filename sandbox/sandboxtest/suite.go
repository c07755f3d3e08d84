package sandboxtest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"ayni.example/sandbox"
)

const refused = 9

// Subject is a driver under test.
type Subject struct {
	Driver    sandbox.Driver
	Image     sandbox.Image // the program of Build
	Processes bool          // whether programs can start others
	User      uint32        // of this machine, that such programs are
	Counts    bool          // whether the kernel tells when a process was refused
	Fuel      bool          // whether fuel ends an endless loop
}

// Build compiles the suite's program and returns the path of the file.
func Build(tb testing.TB, goos, goarch string) string {
	tb.Helper()
	return build(tb, "attack", goos, goarch)
}

// BuildTenant compiles the program that tests of services run, for this machine.
func BuildTenant(tb testing.TB) string {
	tb.Helper()
	return build(tb, "tenant", "linux", runtime.GOARCH)
}

func build(tb testing.TB, program, goos, goarch string) string {
	tb.Helper()
	out := filepath.Join(tb.TempDir(), program)
	cmd := exec.CommandContext(tb.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, "ayni.example/sandbox/sandboxtest/"+program)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	if text, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("build %s: %v\n%s", program, err, text)
	}
	return out
}

// Folder is a temporary folder that every user of this machine can pass through.
func Folder(tb testing.TB) string {
	tb.Helper()
	dir := tb.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

// Run runs the suite.
func Run(t *testing.T, s Subject) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Subject){
		"exit": exitCodes, "streams": streams, "arguments": arguments, "files": fileTransfer, "bad specs": badSpecs,
		"cancel": cancel, "kill": killByCaller, "concurrent": concurrent,
		"endless loop": endless, "wall time": wall, "memory bomb": memoryBomb, "output flood": outputFlood, "disk filler": diskFiller,
		"entries": entries, "descriptor hog": descriptors, "steal": steal, "deface": deface, "network": network, "links": links,
	} {
		t.Run(name, func(t *testing.T) { test(t, s) })
	}
	if !s.Processes {
		return
	}
	for name, test := range map[string]func(*testing.T, Subject){
		"processes": processes, "fork bomb": forkBomb, "signals": signals, "trace": trace, "privilege": privilege, "orphans": orphans,
		"joint cpu": jointCPU,
	} {
		t.Run(name, func(t *testing.T) { test(t, s) })
	}
}

// outcome is what a run gave.
type outcome struct {
	sandbox.Result
	out, err string
}

// call runs a program of the suite with a bound on wall time that only a hanging driver reaches.
func (s Subject) call(t *testing.T, spec sandbox.Spec, args ...string) outcome {
	t.Helper()
	ctx, end := context.WithTimeout(t.Context(), 3*time.Minute)
	defer end()
	var out, errs bytes.Buffer
	spec.Args, spec.Stdout, spec.Stderr = append([]string{"/attack"}, args...), &out, &errs
	result, err := sandbox.Run(ctx, s.Driver, s.Image, spec)
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, errs.String())
	}
	return outcome{result, out.String(), errs.String()}
}

func (o outcome) want(t *testing.T, reason sandbox.Reason, exit int) {
	t.Helper()
	if o.Reason != reason || reason == sandbox.Exited && o.Exit != exit {
		t.Errorf("it ended %q with %d (%s), not %q with %d\nstdout %.300q\nstderr %.300q", o.Reason, o.Exit, o.Detail, reason, exit, o.out, o.err)
	}
}

func (o outcome) wantRefused(t *testing.T) {
	t.Helper()
	o.want(t, sandbox.Exited, refused)
}

// data is an input of the suite's programs.
func data(t *testing.T) []sandbox.Input {
	t.Helper()
	path := filepath.Join(t.TempDir(), "source")
	if err := os.WriteFile(path, []byte("some data"), 0o644); err != nil {
		t.Fatal(err)
	}
	return []sandbox.Input{{Name: "data", Path: path}}
}
