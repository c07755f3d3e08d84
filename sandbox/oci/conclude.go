package oci

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"ayni.example/sandbox"
)

// conclude says how the run ended.
func (r *run) conclude(cause error, state *os.ProcessState, err error) error {
	res := &r.result
	res.Usage.CPU, res.Usage.Memory, res.Usage.Output = r.group.cpu(), r.group.peak(), r.output.Used()
	used, full := scratchUse(filepath.Join(r.dir, scratchDir))
	res.Usage.Disk = used
	if state != nil {
		res.Exit = state.ExitCode()
	}
	trouble := r.trouble()
	switch {
	case errors.Is(cause, errOutput):
		res.Reason = sandbox.OutOfOutput
	case errors.Is(cause, errWall) || errors.Is(cause, errCPU):
		res.Reason, res.Detail = sandbox.OutOfTime, cause.Error()
	case cause != nil:
		res.Reason = sandbox.Killed
	case r.group.starved() && (res.Exit == 137 || trouble != ""):
		res.Reason = sandbox.OutOfMemory
	case res.Exit != 0 && full:
		res.Reason = sandbox.OutOfDisk
	case res.Exit != 0 && r.group.crowded():
		// gVisor itself dies when it can make no more threads; what its runtime says then depends on where.
		res.Reason, res.Detail = sandbox.OutOfProcesses, trouble
	case trouble != "":
		return fmt.Errorf("%w: %s", sandbox.ErrSpec, trouble)
	default:
		res.Reason = sandbox.Exited
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) && cause == nil {
		return fmt.Errorf("wait for %s: %w", r.d.runtime, err)
	}
	return nil
}

// trouble is what the runtime itself complained about, "" for nothing. What the program printed is not in its log.
func (r *run) trouble() string { return complaint(filepath.Join(r.dir, logFile)) }

// complaint is the last error in a runtime's log.
func complaint(log string) string {
	f, err := os.Open(log)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	last := ""
	lines := bufio.NewScanner(io.LimitReader(f, logLineMax))
	lines.Buffer(nil, logLineMax)
	for lines.Scan() {
		var entry struct{ Level, Msg string }
		if json.Unmarshal(lines.Bytes(), &entry) == nil && (entry.Level == "error" || entry.Level == "fatal") {
			last = entry.Msg
		}
	}
	return last
}

// clean leaves nothing of the run.
func (r *run) clean() error {
	var err error
	if r.to != nil {
		err = r.to.Close()
	}
	if r.group != nil {
		err = errors.Join(err, r.group.remove())
	}
	return errors.Join(err, r.d.removeRun(r.dir))
}
