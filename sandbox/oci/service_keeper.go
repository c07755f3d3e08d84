package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ayni.example/sandbox"
)

// Files of a service's folder.
const (
	specFile   = "spec.json"
	keeperFile = "keeper" // process id of the shell that waits for the runtime
	begunFile  = "begun"  // once the program ran
	exitFile   = "exit"   // how the runtime ended
	outputFile = "output" // in the service's Space
	mark       = "ayni-service"
)

// keeper waits for the runtime in place of this process, which may be gone by then, and notes how it ended. A shell takes a megabyte; this
// program again would take fifty for each service. It moves itself to a control group of ours: a service manager that stops
// this process ends all that is in its own.
const keeper = `(
for g in $GROUPS_OF_KEEPERS; do echo 0 >"$g/cgroup.procs"; done 2>/dev/null
sh -c 'echo $PPID' >keeper.part && mv keeper.part keeper
dir=$1 name=$2 output=$3; shift 3
"$@" run --bundle "$dir" "$name" >>"$output" 2>&1 </dev/null
echo $? >exit.part && mv exit.part exit
) >/dev/null 2>&1 &`

// unseen hides a file by which versions of runsc want to find out whether they are in the machine's own network: kernels since 6.8 show
// it in every one, so that they would never start with a network. A namespace may mount a new /proc only where it sees a whole one,
// so there is one beside.
//
//nolint:dupword // a type and a name
const unseen = `mount -t proc proc "$0/proc" && least=$(cat /proc/sys/vm/mmap_min_addr) && mount -t tmpfs none /proc/sys &&
mkdir /proc/sys/vm && echo "$least" >/proc/sys/vm/mmap_min_addr && exec "$@"`

// launch starts the keeper and waits until the program has begun or ended.
func (v service) launch(ctx context.Context) error {
	spec, err := v.spec()
	if err != nil {
		return err
	}
	groups, err := v.groups.keepers()
	if err != nil {
		return err
	}
	args := []string{"-c", keeper, mark, v.dir, v.name, filepath.Join(spec.Space, outputFile)}
	if v.d.gvisor && spec.Net != "" {
		if err := makeOpen(v.file("proc")); err != nil {
			return err
		}
		args = append(args, "unshare", "--mount", "--propagation", "slave", "/bin/sh", "-c", unseen, v.dir)
	}
	args = append(args, v.d.runtime)
	args = append(args, v.flags(spec.Net)...)
	cmd := exec.CommandContext(ctx, "/bin/sh", args...) //nolint:gosec // the runtime that was found
	cmd.Dir, cmd.SysProcAttr = v.dir, &syscall.SysProcAttr{Setsid: true}
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GROUPS_OF_KEEPERS=" + strings.Join(groups, " ")}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("start the keeper of %s: %w", v.name, err)
	}
	return v.await(ctx, startWait, func() bool {
		if v.state().Phase == sandbox.Ended {
			return true
		}
		return v.alive() && v.begun(ctx, spec.Net) && os.WriteFile(v.file(begunFile), nil, 0o600) == nil
	})
}

// begun asks the runtime whether the program runs.
func (v service) begun(ctx context.Context, net string) bool {
	if len(v.members()) == 0 {
		return false
	}
	args := v.flags(net)
	args[slices.Index(args, "--log")+1] = os.DevNull                                              // it is no trouble yet
	text, err := exec.CommandContext(ctx, v.d.runtime, append(args, "state", v.name)...).Output() //nolint:gosec // the runtime that was found
	var state struct{ Status string }
	return err == nil && json.Unmarshal(text, &state) == nil && state.Status == "running"
}

// flags of the runtime that come before its command.
func (v service) flags(net string) []string {
	args := []string{"--root", v.file("state"), "--log", v.file(logFile), "--log-format", "json"}
	switch {
	case v.d.gvisor && net == "":
		args = append(args, "--network", "none", "--host-uds=none")
	case v.d.gvisor:
		args = append(args, "--network", "sandbox", "--host-uds=none")
	}
	return args
}

// await looks until something is so.
func (v service) await(ctx context.Context, most time.Duration, so func() bool) error {
	ctx, end := context.WithTimeout(ctx, most)
	defer end()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for service %s: %w", v.name, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

// State of a service.
func (s *Services) State(name string) (sandbox.State, error) {
	v, err := s.known(name)
	if err != nil {
		return sandbox.State{}, err
	}
	state := v.state()
	state.CPU, state.Memory = v.group().cpu(), v.group().memory()
	return state, nil
}

// state reads what the keeper left. What it has not written yet cannot be told from what it never will but by its process.
func (v service) state() sandbox.State {
	var state sandbox.State
	if st, err := os.Stat(v.file(specFile)); err == nil {
		state.Started = st.ModTime()
	}
	young := v.d.cfg.Now().Sub(state.Started) < startWait
	alive := v.alive() // before the exit is looked for: the keeper writes it last
	if text, err := os.ReadFile(v.file(exitFile)); err == nil {
		v.concludeExit(&state, strings.TrimSpace(string(text)))
		return state
	}
	_, begun := os.Stat(v.file(begunFile))
	_, noted := os.Stat(v.file(keeperFile))
	switch {
	case alive && (begun == nil || !young && len(v.members()) > 0):
		state.Phase = sandbox.Running
	case alive || young && noted != nil:
		state.Phase = sandbox.Starting
	default:
		state.Phase = sandbox.Lost
		if v.group().starved() {
			state.Reason = sandbox.OutOfMemory
		}
	}
	return state
}

func (v service) concludeExit(state *sandbox.State, text string) {
	state.Phase, state.Reason = sandbox.Ended, sandbox.Exited
	if st, err := os.Stat(v.file(exitFile)); err == nil {
		state.Ended = st.ModTime()
	}
	code, err := strconv.Atoi(text)
	if err != nil {
		code = -1
	}
	state.Exit = code
	trouble := complaint(v.file(logFile))
	switch {
	case code == 137 && v.group().starved():
		state.Reason = sandbox.OutOfMemory
	case code != 0:
		state.Detail = trouble
	}
}

// alive tells whether the keeper is: a process of that id with that command.
func (v service) alive() bool {
	text, err := os.ReadFile(v.file(keeperFile))
	if err != nil {
		return false
	}
	line, err := os.ReadFile(filepath.Join("/proc", strings.TrimSpace(string(text)), "cmdline")) //nolint:gosec // only the keeper, which is ours, writes that file
	return err == nil && strings.Contains(string(line), strings.Join([]string{"", mark, v.dir, v.name, ""}, "\x00"))
}

// members are the processes in the container's own group.
func (v service) members() []int {
	for _, dir := range v.group().dirs() {
		if pids := processes(filepath.Join(dir, inner)); len(pids) > 0 {
			return pids
		}
	}
	return nil
}

// Stop asks a service to end and, after the grace, makes it.
func (s *Services) Stop(ctx context.Context, name string, grace time.Duration) error {
	v, err := s.known(name)
	if err != nil {
		return err
	}
	return v.stop(ctx, grace)
}

func (v service) stop(ctx context.Context, grace time.Duration) error {
	gone := func() bool { return !v.alive() && len(v.members()) == 0 }
	if gone() {
		return nil
	}
	if grace > 0 {
		if err := v.signal(ctx, "TERM"); err != nil {
			v.d.cfg.Logger.Warn("a service cannot be asked to end", "service", v.name, "error", err)
			grace = 0
		}
	}
	if grace > 0 && v.await(ctx, grace, gone) == nil {
		return nil
	}
	// Not with the caller's context: what was begun is ended, or the folder cannot be removed.
	return v.await(context.WithoutCancel(ctx), stopWait, func() bool {
		if err := v.group().kill(); err != nil {
			v.d.cfg.Logger.Warn("a service does not end", "service", v.name, "error", err)
		}
		return gone()
	})
}

// signal sends one to the program.
func (v service) signal(ctx context.Context, name string) error {
	spec, err := v.spec()
	if err != nil {
		return err
	}
	ctx, end := context.WithTimeout(ctx, stopWait)
	defer end()
	args := append(v.flags(spec.Net), "kill", v.name, name)
	if text, err := exec.CommandContext(ctx, v.d.runtime, args...).CombinedOutput(); err != nil { //nolint:gosec // as above
		return errors.Join(fmt.Errorf("send %s to %s: %w", name, v.name, err), errors.New(strings.TrimSpace(string(text))))
	}
	return nil
}
