package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"ayni.example/sandbox"
)

// execGrace is what a program gets to end in when its caller leaves.
const execGrace = 2 * time.Second

// Exec runs a further program in a running service and returns its exit code. It ends at the latest when ctx does.
func (s *Services) Exec(ctx context.Context, name string, e sandbox.Exec) (int, error) {
	v, err := s.known(name)
	if err != nil {
		return 0, err
	}
	if err := (sandbox.Spec{Args: e.Args, Env: e.Env}).Validate(); err != nil {
		return 0, err
	}
	if len(e.Args) == 0 {
		return 0, fmt.Errorf("%w: no program to run", sandbox.ErrSpec)
	}
	if state := v.state(); state.Phase != sandbox.Running {
		return 0, fmt.Errorf("%w: %s is %s", sandbox.ErrStopped, name, state.Phase)
	}
	dir, err := os.MkdirTemp(v.dir, "exec-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cmd, err := v.execCommand(dir, e)
	if err != nil {
		return 0, err
	}
	run := v.runPlain
	if e.Terminal != nil {
		run = v.runTerminal
	}
	stop := func() { v.endExec(cmd, dir) } //nolint:contextcheck // it is called once ctx has ended
	if err := run(ctx, cmd, e, stop); err != nil {
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
			return 0, fmt.Errorf("run %s in %s: %w", e.Args[0], name, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	code := cmd.ProcessState.ExitCode()
	if trouble := complaint(filepath.Join(dir, logFile)); trouble != "" && code != 0 {
		return 0, fmt.Errorf("%w: %s", sandbox.ErrSpec, trouble)
	}
	return code, nil
}

// execCommand is the runtime's, told of a process that is the service's but for its arguments.
func (v service) execCommand(dir string, e sandbox.Exec) (*exec.Cmd, error) {
	spec, err := v.spec()
	if err != nil {
		return nil, err
	}
	var b bundle
	text, err := os.ReadFile(v.file("config.json"))
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	if err != nil {
		return nil, fmt.Errorf("read service %s: %w", v.name, err)
	}
	p := b.Process
	p.Args, p.Env = e.Args, append(slices.Clone(p.Env), e.Env...)
	if e.Terminal != nil {
		p.Terminal, p.Console = true, &bundleConsole{Height: e.Terminal.Rows, Width: e.Terminal.Columns}
	}
	if text, err = json.Marshal(p); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "process.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, err
	}
	args := v.flags(spec.Net)
	args[slices.Index(args, "--log")+1] = filepath.Join(dir, logFile)
	pids := "--pid-file"
	if v.d.gvisor {
		pids = "--internal-pid-file"
	}
	args = append(args, "exec", "--process", file, pids, filepath.Join(dir, "pid"), v.name)
	cmd := exec.Command(v.d.runtime, args...) //nolint:gosec,noctx // the runtime that was found; endExec ends it
	cmd.Env, cmd.WaitDelay = []string{"PATH=" + os.Getenv("PATH")}, execGrace
	return cmd, nil
}

// runPlain runs with pipes.
func (v service) runPlain(ctx context.Context, cmd *exec.Cmd, e sandbox.Exec, stop func()) error {
	cmd.Stdout, cmd.Stderr = e.Stdout, e.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // an interrupt at our terminal is none for the tenant
	var input io.WriteCloser
	if e.Stdin != nil {
		var err error
		if input, err = cmd.StdinPipe(); err != nil {
			return err
		}
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, stop)()
	if input != nil {
		go func() { // ends with the program, or at the reader's next byte after
			_, _ = io.Copy(input, e.Stdin)
			_ = input.Close()
		}()
	}
	return cmd.Wait()
}

// runTerminal runs at a terminal, the other side of which is ours.
func (v service) runTerminal(ctx context.Context, cmd *exec.Cmd, e sandbox.Exec, stop func()) error {
	ours, theirs, err := openTerminal()
	if err != nil {
		return fmt.Errorf("open a terminal: %w", err)
	}
	defer func() { _ = ours.Close() }()
	err = setSize(ours, *e.Terminal)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, theirs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err == nil {
		err = cmd.Start()
	}
	if err = errors.Join(err, theirs.Close()); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, stop)()
	var copying sync.WaitGroup
	copying.Go(func() { _, _ = io.Copy(e.Stdout, ours) }) // ends with an error once nobody has the terminal open
	if e.Stdin != nil {
		go func() { _, _ = io.Copy(ours, e.Stdin) }() // ends at the reader's next byte after
	}
	ended := make(chan struct{})
	copying.Go(func() {
		for {
			select {
			case size := <-e.Resize:
				_ = setSize(ours, size)
				_ = cmd.Process.Signal(syscall.SIGWINCH)
			case <-ended:
				return
			}
		}
	})
	err = cmd.Wait()
	close(ended)
	_ = ours.SetReadDeadline(v.d.cfg.Now().Add(execGrace)) // a child that was left behind may hold the terminal
	copying.Wait()
	return err
}

// endExec kills a program that its caller has left, then the runtime that waits for it.
func (v service) endExec(cmd *exec.Cmd, dir string) {
	text, _ := os.ReadFile(filepath.Join(dir, "pid"))
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	switch {
	case err != nil:
	case v.d.gvisor:
		spec, err := v.spec()
		if err != nil {
			break
		}
		ctx, end := context.WithTimeout(context.Background(), execGrace)
		defer end()
		args := append(v.flags(spec.Net), "kill", "--pid", strconv.Itoa(pid), v.name, "KILL")
		_ = exec.CommandContext(ctx, v.d.runtime, args...).Run() //nolint:gosec // the runtime that was found
	case slices.Contains(v.members(), pid):
		_ = killProcess(pid)
	}
	_ = cmd.Process.Kill()
}
