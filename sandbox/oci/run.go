package oci

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"ayni.example/sandbox"
	"ayni.example/sandbox/internal/flow"
)

const (
	scratchDir = "scratch"
	inputDir   = "in"
	logFile    = "log"
	watchEvery = 25 * time.Millisecond
	endGrace   = 10 * time.Second // what a runtime gets to end after its container is killed
	logLineMax = 1 << 20
)

// Causes for which a run's context ends.
var (
	errKilled = errors.New("killed by its caller")
	errWall   = errors.New("wall time is used up")
	errCPU    = errors.New("CPU time is used up")
	errOutput = errors.New("the output limit is reached")
)

// run is one container.
type run struct {
	d      *Driver
	image  sandbox.Image
	spec   sandbox.Spec
	id     string
	dir    string
	group  *group
	output *flow.Budget
	to     *os.Root

	cancel context.CancelCauseFunc
	done   chan struct{}
	result sandbox.Result
	err    error
}

// overheads of the runtimes: their own processes live in the group too.
func (d *Driver) overhead() overhead {
	if d.gvisor {
		return overhead{memory: 96 << 20, processes: 1024}
	}
	return overhead{memory: 16 << 20, processes: 16}
}

// Start implements sandbox.Driver.
func (d *Driver) Start(ctx context.Context, image sandbox.Image, spec sandbox.Spec) (sandbox.Process, error) {
	if d.why != nil {
		return nil, d.why
	}
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	spec.Limits = spec.Limits.Fill()
	settings, err := d.settings(image.Digest)
	if err != nil {
		return nil, err
	}
	if len(spec.Args)+len(settings.Args) == 0 {
		return nil, fmt.Errorf("%w: neither the run nor the image says what to start", sandbox.ErrSpec)
	}
	if err := d.begin(); err != nil {
		return nil, err
	}
	id := make([]byte, 8)
	_, _ = rand.Read(id)
	r := &run{d: d, image: image, spec: spec, id: hex.EncodeToString(id), done: make(chan struct{})}
	r.dir = d.path("runs", r.id)
	if err := r.prepare(settings); err != nil {
		err = errors.Join(err, r.clean())
		d.work.Done()
		return nil, err
	}
	ctx, r.cancel = context.WithCancelCause(ctx)
	unlink := context.AfterFunc(d.ctx, func() { r.cancel(errKilled) }) //nolint:contextcheck // Close ends all runs
	go func() {
		defer d.work.Done()
		defer close(r.done)
		defer unlink()
		r.execute(ctx)
		r.cancel(nil)
	}()
	return r, nil
}

// begin counts a run unless the driver is closed.
func (d *Driver) begin() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return fmt.Errorf("%w: the driver is closed", sandbox.ErrUnavailable)
	}
	d.work.Add(1)
	return nil
}

// prepare makes all that the container needs.
func (r *run) prepare(s imageSettings) error {
	var err error
	if r.to, err = flow.Output(r.spec.Output); err != nil {
		return fmt.Errorf("%w: %w", sandbox.ErrSpec, err)
	}
	for _, dir := range []string{r.dir, filepath.Join(r.dir, scratchDir), filepath.Join(r.dir, inputDir)} {
		if err := makeOpen(dir); err != nil {
			return err
		}
	}
	if err := os.Chmod(filepath.Join(r.dir, inputDir), 0o755); err != nil { //nolint:gosec // the program lists it
		return err
	}
	limits := r.spec.Limits
	if err := mountScratch(filepath.Join(r.dir, scratchDir), limits.Disk, limits.Files, r.d.owner()); err != nil {
		return fmt.Errorf("mount scratch: %w", err)
	}
	for _, name := range []string{"out", "tmp"} {
		if err := errors.Join(os.Mkdir(r.scratch(name), 0o700), os.Chown(r.scratch(name), r.d.owner(), r.d.owner())); err != nil {
			return err
		}
	}
	for _, in := range r.spec.Inputs {
		if err := r.input(in); err != nil {
			return fmt.Errorf("%w: input %s: %w", sandbox.ErrSpec, in.Name, err)
		}
	}
	if r.group, err = r.d.groups.create(r.id, limits, r.d.overhead()); err != nil {
		return err
	}
	text, err := json.Marshal(r.d.describe(r, s))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.dir, "config.json"), text, 0o600)
}

func (r *run) scratch(name string) string { return filepath.Join(r.dir, scratchDir, name) }

// input shows a file to the program, or a copy of it when only its owner may read it.
func (r *run) input(in sandbox.Input) error {
	st, err := os.Stat(in.Path)
	switch {
	case err != nil:
		return err
	case !st.Mode().IsRegular():
		return errors.New("it is no regular file")
	}
	at := filepath.Join(r.dir, inputDir, in.Name)
	to, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444) //nolint:gosec // the program is another user
	if err != nil {
		return err
	}
	if st.Mode().Perm()&0o004 != 0 {
		return errors.Join(to.Close(), mountInput(in.Path, at))
	}
	from, err := os.Open(in.Path)
	if err != nil {
		return errors.Join(err, to.Close())
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close(), from.Close())
}

// passes tells whether everybody can go through a folder and those above it.
func passes(dir string) bool {
	for {
		st, err := os.Stat(dir)
		if err != nil || st.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
		dir = filepath.Dir(dir)
	}
}

// execute runs the runtime until nothing of the container is left.
func (r *run) execute(ctx context.Context) {
	began := r.d.cfg.Now()
	ctx, end := context.WithTimeoutCause(ctx, r.spec.Limits.Wall, errWall)
	defer end()
	r.output = flow.New(r.spec.Limits.Output, func() { r.cancel(errOutput) })
	cmd := exec.Command(r.d.runtime, r.arguments()...) //nolint:gosec,noctx // the runtime that was found; the watch ends it
	cmd.Stdout, cmd.Stderr = r.output.Writer(r.spec.Stdout), r.output.Writer(r.spec.Stderr)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	cmd.WaitDelay = endGrace
	err := r.feed(cmd)
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		r.err = errors.Join(fmt.Errorf("start %s: %w", r.d.runtime, err), r.clean())
		return
	}
	watching := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(watching)
		r.watch(ctx, cmd.Process, ended)
	}()
	err = cmd.Wait()
	close(ended)
	<-watching
	r.err = r.conclude(context.Cause(ctx), cmd.ProcessState, err)
	r.result.Usage.Wall = r.d.cfg.Now().Sub(began)
	if r.err == nil {
		r.err = r.collect()
	}
	r.err = errors.Join(r.err, r.clean())
}

func (r *run) arguments() []string {
	args := []string{"--root", filepath.Join(r.dir, "state"), "--log", filepath.Join(r.dir, logFile), "--log-format", "json"}
	if r.d.gvisor {
		args = append(args, "--network", "none", "--host-uds=none")
	}
	return append(args, "run", "--bundle", r.dir, "ayni-"+r.id)
}

// feed copies stdin. The copy ends when the program does, or at the reader's next byte after.
func (r *run) feed(cmd *exec.Cmd) error {
	if r.spec.Stdin == nil {
		return nil
	}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(pipe, r.spec.Stdin)
		_ = pipe.Close()
	}()
	return nil
}

// watch counts CPU time and, once the run must end, kills until it has.
func (r *run) watch(ctx context.Context, runtime *os.Process, ended <-chan struct{}) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var give <-chan time.Time
	stop := ctx.Done()
	for {
		select {
		case <-ended:
			return
		case <-stop:
			stop, give = nil, time.After(endGrace)
		case <-give:
			_ = runtime.Kill()
		case <-tick.C:
		}
		switch {
		case ctx.Err() != nil:
			if err := r.group.kill(); err != nil {
				r.d.cfg.Logger.Warn("a run does not end", "run", r.id, "error", err)
			}
		case r.group.cpu() > r.spec.Limits.CPU:
			r.cancel(errCPU)
		}
	}
}

// Wait implements sandbox.Process.
func (r *run) Wait() (sandbox.Result, error) {
	<-r.done
	return r.result, r.err
}

// Kill implements sandbox.Process.
func (r *run) Kill() { r.cancel(errKilled) }
