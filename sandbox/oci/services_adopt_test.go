package oci_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"ayni.example/sandbox"
	"ayni.example/sandbox/oci"
	"ayni.example/sandbox/sandboxtest"
)

// serveForEver starts a service, says so, and waits to be killed.
func serveForEver(d *oci.Driver, image sandbox.Image, space string) error {
	s, err := d.Services()
	if err == nil {
		err = s.Start(context.Background(), sandbox.Service{Name: "kept", Image: image, Space: space})
	}
	if err != nil {
		return err
	}
	fmt.Print("ready")
	time.Sleep(time.Hour)
	return nil
}

// TestServiceSurvives kills the process that started a service with SIGKILL: the next one finds it running, never restarted, and
// can do all with it that the first could.
func TestServiceSurvives(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program and runs containers")
	}
	reference := tenantImage(t)
	for _, binary := range []string{"runc", "runsc"} {
		t.Run(binary, func(t *testing.T) {
			dir := sandboxtest.Folder(t)
			first := newDriver(t, dir, binary)
			image, err := first.Prepare(t.Context(), reference)
			if err := errors.Join(err, first.Close()); err != nil {
				t.Fatal(err)
			}
			b := &bench{T: t, dir: dir, image: image}
			space := b.spec("kept").Space
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), doomed+"="+dir, "RUNTIME="+binary, "REFERENCE="+reference, "SPACE="+space)
			child.Stderr = os.Stderr
			out, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(out, make([]byte, len("ready"))); err != nil {
				t.Fatal(err)
			}
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = child.Wait()
			d, err := oci.New(oci.Config{Dir: dir, Runtime: binary, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
			if b.Services, err = d.Services(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(b.end)
			if names, err := b.List(); err != nil || len(names) != 1 || names[0] != "kept" {
				t.Fatalf("%v, %v", names, err)
			}
			if state, err := b.State("kept"); err != nil || state.Phase != sandbox.Running {
				t.Fatalf("%+v, %v", state, err)
			}
			before := strings.Count(b.output("kept", 0), "tick")
			b.until("kept", "going on", func(sandbox.State) bool { return strings.Count(b.output("kept", 0), "tick") > before+3 })
			if n := strings.Count(b.output("kept", 0), "tick 0\n"); n != 1 {
				t.Errorf("it was started %d times", n)
			}
			if got := b.exec("kept", "who"); got != "0 0 kept\n" {
				t.Errorf("%q", got)
			}
			if err := b.Stop(t.Context(), "kept", endWait); err != nil {
				t.Fatal(err)
			}
			if s := b.ended("kept"); s.Exit != 7 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestServiceLost kills what waits for a service: that it ended, and not how, is all that is known; it can be started again.
func TestServiceLost(t *testing.T) {
	eachRuntime(t, func(b *bench) {
		b.start("poor")
		text, err := os.ReadFile(filepath.Join(b.dir, "services", "poor", "keeper"))
		if err != nil {
			b.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			b.Fatal(err)
		}
		keeper, err := os.FindProcess(pid)
		if err != nil {
			b.Fatal(err)
		}
		if err := keeper.Kill(); err != nil {
			b.Fatal(err)
		}
		b.until("poor", "lost", func(s sandbox.State) bool { return s.Phase == sandbox.Lost })
		b.start("poor")
		b.until("poor", "running", func(s sandbox.State) bool { return s.Phase == sandbox.Running })
		b.exec("poor", "who")
	})
}
