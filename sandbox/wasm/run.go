package wasm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental/sysfs"
	"github.com/tetratelabs/wazero/sys"

	"ayni.example/sandbox"
	"ayni.example/sandbox/internal/flow"
	"ayni.example/sandbox/wasm/meter"
)

const (
	entry    = "_start"
	pageSize = 64 << 10
	pagesMax = 65536
)

// Causes for which a run's context ends.
var (
	errKilled = errors.New("killed by its caller")
	errWall   = errors.New("wall time is used up")
)

// run is one instance of a module.
type run struct {
	spec    sandbox.Spec
	files   *files
	output  *flow.Budget
	clock   clock
	fuel    api.MutableGlobal // nil until the instance is there
	spent   int64             // fuel that was left when output was full
	stopped bool
	to      *os.Root

	cancel context.CancelCauseFunc
	done   chan struct{}
	once   sync.Once
	result sandbox.Result
	err    error
}

// Start implements sandbox.Driver.
func (d *Driver) Start(ctx context.Context, img sandbox.Image, spec sandbox.Spec) (sandbox.Process, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	spec.Limits = spec.Limits.Fill()
	r := &run{spec: spec, done: make(chan struct{})}
	if err := r.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", sandbox.ErrSpec, err), r.close())
	}
	module, err := d.acquire(img.Digest)
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	if need := int64(module.metered.MinPages) * pageSize; need > spec.Limits.Memory {
		d.release(module)
		return nil, errors.Join(fmt.Errorf("%w: the module begins with %d bytes of memory and may have %d; raise the limit",
			sandbox.ErrSpec, need, spec.Limits.Memory), r.close())
	}
	ctx, r.cancel = context.WithCancelCause(ctx)
	unlink := context.AfterFunc(d.ctx, func() { r.cancel(errKilled) }) //nolint:contextcheck // Close ends all runs
	ctx, end := context.WithTimeoutCause(ctx, spec.Limits.Wall, errWall)
	began := d.cfg.Now()
	go func() {
		defer close(r.done)
		defer d.release(module)
		r.execute(ctx, module)
		r.result.Usage.Wall = d.cfg.Now().Sub(began)
		end()
		unlink()
		r.cancel(nil)
	}()
	return r, nil
}

// open reads what must not depend on the moment, and opens what the run needs.
func (r *run) open() error {
	var err error
	r.files = newFiles(r.spec.Limits, r.charge)
	r.output = flow.New(r.spec.Limits.Output, r.drain)
	if r.to, err = flow.Output(r.spec.Output); err != nil {
		return err
	}
	if r.spec.Stdin != nil {
		data, err := io.ReadAll(io.LimitReader(r.spec.Stdin, r.spec.Limits.Memory+1))
		if err != nil {
			return fmt.Errorf("read stdin: %w", err)
		}
		if int64(len(data)) > r.spec.Limits.Memory {
			return errors.New("stdin is larger than the memory; pass an input file")
		}
		r.spec.Stdin = bytes.NewReader(data)
	}
	for _, in := range r.spec.Inputs {
		if err := r.files.input(in); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) close() error {
	var err error
	if r.to != nil {
		err = r.to.Close()
	}
	return errors.Join(err, r.files.close())
}

// charge lets the guest pay for what the host does for it.
func (r *run) charge(size int) {
	if r.fuel != nil {
		r.fuel.Set(r.fuel.Get() - uint64(16+size/8))
	}
}

// drain ends a run at its next look at the fuel: at the same instruction on every machine.
func (r *run) drain() {
	if !r.stopped && r.fuel != nil {
		r.spent, r.stopped = int64(r.fuel.Get()), true
		minus := int64(-1)
		r.fuel.Set(uint64(minus))
	}
}

func (r *run) execute(ctx context.Context, img *image) {
	mod, err := img.runtime.InstantiateModule(ctx, img.module, r.config())
	if err != nil {
		r.err = fmt.Errorf("%w: start module: %w", sandbox.ErrImage, err)
		if ctx.Err() != nil {
			r.err, r.result.Reason = nil, ended(ctx)
		}
		r.err = errors.Join(r.err, r.close())
		return
	}
	global := func(name string) api.MutableGlobal { g, _ := mod.ExportedGlobal(name).(api.MutableGlobal); return g }
	r.fuel = global(meter.Fuel)
	stack, refused := global(meter.Stack), global(meter.Refused)
	r.fuel.Set(r.spec.Limits.Fuel)
	stack.Set(meter.StackMax)
	global(meter.Pages).Set(uint64(min(r.spec.Limits.Memory/pageSize, pagesMax)))
	if img.metered.Start {
		_, err = mod.ExportedFunction(meter.Initialise).Call(ctx)
	}
	if err == nil {
		_, err = mod.ExportedFunction(entry).Call(ctx)
	}
	r.conclude(ctx, err, int64(stack.Get()) < 0, refused.Get() != 0)
	r.result.Usage.Memory = int64(mod.Memory().Size())
	r.err = r.files.save(r.to)
	r.err = errors.Join(r.err, mod.Close(context.WithoutCancel(ctx)), r.close())
}

func (r *run) config() wazero.ModuleConfig {
	args := r.spec.Args
	if len(args) == 0 {
		args = []string{"program"}
	}
	fs := wazero.NewFSConfig().(sysfs.FSConfig).WithSysFSMount(r.files, "/")
	c := wazero.NewModuleConfig().WithName("").WithStartFunctions().WithArgs(args...).WithFSConfig(fs).
		WithStdout(r.paid(r.spec.Stdout)).WithStderr(r.paid(r.spec.Stderr)).
		WithRandSource(&random{seed: r.spec.Seed, charge: r.charge}).
		WithWalltime(r.clock.wall, clockStep).WithNanotime(r.clock.tick, clockStep).WithNanosleep(r.clock.sleep)
	if r.spec.Stdin != nil {
		c = c.WithStdin(&payingReader{r.spec.Stdin, r.charge})
	}
	for _, e := range r.spec.Env {
		name, value, _ := strings.Cut(e, "=")
		c = c.WithEnv(name, value)
	}
	return c
}

// conclude says how the run ended. What the guest did counts before what the clock did, because only that repeats.
func (r *run) conclude(ctx context.Context, err error, overflow, refused bool) {
	left := int64(r.fuel.Get())
	exit, exited := errors.AsType[*sys.ExitError](err)
	res := &r.result
	switch {
	case r.stopped:
		res.Reason, left = sandbox.OutOfOutput, r.spent
	case left < 0:
		res.Reason = sandbox.OutOfFuel
	case err != nil && ctx.Err() != nil:
		res.Reason = ended(ctx)
	case err == nil:
		res.Reason = sandbox.Exited
	case exited:
		res.Reason, res.Exit = sandbox.Exited, int(exit.ExitCode())
	case overflow:
		res.Reason, res.Detail = sandbox.Trapped, "calls are nested too deep"
	default:
		res.Reason, res.Detail = sandbox.Trapped, firstLine(err)
	}
	if res.Reason == sandbox.Trapped || res.Exit != 0 {
		switch {
		case refused:
			res.Reason = sandbox.OutOfMemory
		case r.files.full:
			res.Reason = sandbox.OutOfDisk
		}
	}
	res.Usage.Fuel = r.spec.Limits.Fuel - uint64(max(left, 0))
	res.Usage.Output = r.output.Used()
	res.Usage.Disk = r.files.used
}

// ended tells apart a run's own limit from its caller.
func ended(ctx context.Context) sandbox.Reason {
	if cause := context.Cause(ctx); errors.Is(cause, errWall) {
		return sandbox.OutOfTime
	}
	return sandbox.Killed
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// Wait implements sandbox.Process.
func (r *run) Wait() (sandbox.Result, error) {
	<-r.done
	return r.result, r.err
}

// Kill implements sandbox.Process.
func (r *run) Kill() { r.once.Do(func() { r.cancel(errKilled) }) }

func (r *run) paid(w io.Writer) io.Writer { return payingWriter{r.output.Writer(w), r.charge} }

type payingWriter struct {
	to     io.Writer
	charge func(int)
}

// Write implements io.Writer.
func (w payingWriter) Write(p []byte) (int, error) {
	w.charge(len(p))
	return w.to.Write(p)
}

type payingReader struct {
	from   io.Reader
	charge func(int)
}

// Read implements io.Reader.
func (r *payingReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.charge(n)
	return n, err
}
