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

// TestAppraisal runs examples/appraisal as its reader would: two machines, two models, proofs, a payout, and what must be refused.
func TestAppraisal(t *testing.T) {
	t.Parallel()
	bin, err := filepath.Abs(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join("..", "..", "examples", "appraisal", "run.sh"), bin)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "all as it must be\n") || strings.Count(string(out), "refused, as it must be") != 8 {
		t.Fatalf("%v\n%s", err, out)
	}
}
