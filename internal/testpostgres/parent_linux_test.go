package testpostgres_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ayni.example/internal/testpostgres"
)

const victim = "AYNI_TEST_VICTIM"

// TestServerEndsWithKilledTest kills a process that runs a server, as a time limit would.
func TestServerEndsWithKilledTest(t *testing.T) {
	if os.Getenv(victim) != "" {
		fmt.Println("server", testpostgres.New(t).PID())
		select {} // until it is killed
	}
	temp, err := os.MkdirTemp("", "ayni-victim-*") //nolint:usetesting // another user enters it, and what is killed leaves it behind
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(temp) })
	if err := os.Chmod(temp, 0o755); err != nil {
		t.Fatal(err)
	}
	test := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
	test.Env = append(os.Environ(), victim+"=1", "TMPDIR="+temp)
	out, err := test.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := test.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = test.Process.Kill() })
	pid := 0
	for lines := bufio.NewScanner(out); pid == 0 && lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "server "); ok {
			if pid, err = strconv.Atoi(text); err != nil {
				t.Fatal(err)
			}
		}
		if strings.Contains(lines.Text(), "SKIP") {
			t.Skip("there is no PostgreSQL here")
		}
	}
	if err := errors.Join(syscall.Kill(pid, 0), test.Process.Kill()); pid == 0 || err != nil {
		t.Fatalf("server %d: %v", pid, err)
	}
	_ = test.Wait() // it was killed
	for end := time.Now().Add(20 * time.Second); !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			_ = syscall.Kill(pid, syscall.SIGQUIT)
			t.Fatal("the server runs on")
		}
	}
}
