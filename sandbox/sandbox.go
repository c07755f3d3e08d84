package sandbox

import (
	"context"
	"errors"
	"io"
)

// Sentinels of errors that concern no program but its caller or this machine.
var (
	ErrUnavailable = errors.New("sandbox cannot run on this machine")
	ErrImage       = errors.New("image cannot be used")
	ErrSpec        = errors.New("run cannot be started as asked")
)

// Driver runs images in one kind of confinement. Its methods may be called concurrently.
type Driver interface {
	Name() string
	// Available is nil, or says why the driver cannot run here and what would help; it is ErrUnavailable then.
	Available() error
	// Prepare fetches and checks what a reference by digest names. It may be called again; what is there is not fetched twice.
	Prepare(ctx context.Context, reference string) (Image, error)
	// Start begins a run. The run ends at the latest when ctx does.
	Start(ctx context.Context, image Image, spec Spec) (Process, error)
	// Close ends all runs and leaves nothing behind but prepared images.
	Close() error
}

// Process is one run.
type Process interface {
	// Wait returns when nothing of the run is left. An error means that the result is not known; a program that fails is no error.
	Wait() (Result, error)
	// Kill ends the run soon; Wait says Killed.
	Kill()
}

// Image is what Prepare made ready.
type Image struct {
	Driver    string // the name of the driver that prepared it
	Reference string
	Digest    string // sha256:HEX
}

// Spec is one run of an image.
type Spec struct {
	Args   []string // the program and its arguments; none: what the image says
	Env    []string // KEY=VALUE, on top of the image's
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Inputs []Input
	Output string   // an empty folder that gets the files of /out; "" drops them
	Seed   [32]byte // of a deterministic driver's randomness
	Limits Limits
}

// Input is a file of this machine that the program can read as /in/NAME.
type Input struct {
	Name string
	Path string
}

// Run starts a run and waits for it.
func Run(ctx context.Context, d Driver, image Image, spec Spec) (Result, error) {
	p, err := d.Start(ctx, image, spec)
	if err != nil {
		return Result{}, err
	}
	return p.Wait()
}
