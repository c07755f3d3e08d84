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

// TestProvenanceExample runs examples/provenance as its reader would: a pool, a model, an answer that pays, and a copy that its tensors give away.
func TestProvenanceExample(t *testing.T) {
	t.Parallel()
	bin, err := filepath.Abs(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join("..", "..", "examples", "provenance", "run.sh"), bin)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "all as it must be\n") {
		t.Fatalf("%v\n%s", err, out)
	}
}
