package e2e_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// example runs a script of the folder examples as its reader would, and gives what it printed.
func example(t *testing.T, name string) string {
	t.Helper()
	bin, err := filepath.Abs(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join("..", "..", "examples", name, "run.sh"), bin)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "all as it must be\n") {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// TestAgentExample has a model that obeys everybody: what a thief orders is refused, what is large waits, pause and kill act at once.
func TestAgentExample(t *testing.T) {
	t.Parallel()
	example(t, "agent")
}

// TestAppraisal has two machines, two models, proofs, a payout, and what must be refused.
func TestAppraisal(t *testing.T) {
	t.Parallel()
	if out := example(t, "appraisal"); strings.Count(out, "refused, as it must be") != 8 {
		t.Error(out)
	}
}

// TestProvenanceExample has a pool, a model, an answer that pays, and a copy that its tensors give away.
func TestProvenanceExample(t *testing.T) {
	t.Parallel()
	example(t, "provenance")
}
