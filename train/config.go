package train

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"time"

	"ayni.example/internal/clock"
	"ayni.example/train/checkpoint"
	"ayni.example/train/recipe"
)

// ErrNothing tells that a run was to go on and there is none.
var ErrNothing = errors.New("there is no checkpoint to go on from")

// Start says what to do with checkpoints of an earlier run.
type Start int

// The ways to start.
const (
	Auto    Start = iota // go on if there is something to go on from
	Resume               // go on, or fail
	Restart              // remove them and begin
)

// Config says what to run and where.
type Config struct {
	Recipe   *recipe.Recipe
	Dir      string // everything that the run writes
	Threads  int    // 0: all processors
	Steps    int    // stop after this step of the recipe's schedule; 0: at its end
	Start    Start
	Model    func(name string) (*Source, error)   // finds a model of this machine by name; nil: there are none
	Pool     func(name string) (string, error)    // folder with the texts of a pool that this machine keeps; nil: there are none
	Lookup   func(variable string) (string, bool) // environment of ${NAME} in paths; nil: empty
	Now      func() time.Time                     // nil: clock.System
	Logger   *slog.Logger                         // nil: none
	Progress func(Progress)                       // nil: none; called on the run's goroutine

	// Committed takes the root of the state after every Segment steps and after the last one, before the next step begins; the
	// state is live memory. A run that goes on from such a step tells it again. An error ends the run with its state saved.
	Segment   int // 0: none
	Committed func(step int, root [sha256.Size]byte, state *checkpoint.State) error
}

// Source is a GGUF file to start from.
type Source struct {
	io.ReaderAt
	Size  int64
	Close func() error
}

// folder is where the texts lie: a path, or the folder of the pool that data.folder names as pool:NAME.
func (c Config) folder() (string, error) {
	name, isPool := c.Recipe.Pool()
	if !isPool {
		return c.Recipe.Expand("data.folder", c.Recipe.Data.Folder, c.Lookup)
	}
	if c.Pool == nil {
		return "", c.Recipe.Fault("data.folder", "train where the pool is kept", fmt.Errorf("no pools are kept here, so none is called %s", name))
	}
	folder, err := c.Pool(name)
	if err != nil {
		return "", c.Recipe.Fault("data.folder", "`ayni pool list` names those that are kept here", err)
	}
	return folder, nil
}

func (c Config) filled() (Config, error) {
	switch {
	case c.Recipe == nil:
		return c, errors.New("train: it needs a recipe")
	case c.Segment < 0 || c.Segment > 0 && c.Committed == nil:
		return c, fmt.Errorf("train: states after every %d steps, and nobody to tell", c.Segment)
	case c.Threads < 0 || c.Threads > 1024:
		return c, fmt.Errorf("train: %d threads, want 1 to 1024", c.Threads)
	case c.Steps < 0 || c.Steps > c.Recipe.Steps():
		return c, fmt.Errorf("train: cannot stop after step %d, the recipe has %d", c.Steps, c.Recipe.Steps())
	}
	if c.Threads == 0 {
		c.Threads = runtime.NumCPU()
	}
	if c.Steps == 0 {
		c.Steps = c.Recipe.Steps()
	}
	if c.Lookup == nil {
		c.Lookup = func(string) (string, bool) { return "", false }
	}
	if c.Now == nil {
		c.Now = clock.System
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Progress == nil {
		c.Progress = func(Progress) {}
	}
	return c, nil
}

// Progress is where a run is.
type Progress struct {
	Stage  string // what goes on before, between and after steps; "" during them
	Step   int
	Stop   int     // the last step
	Loss   float64 // nats a token, mean of about the last 50 steps
	Speed  float64 // tokens a second
	Left   time.Duration
	Held   float64 // bits a byte of held-out text when it was last scored; 0: never
	Tokens int64
}

// StoppedError tells that a run was asked to stop and has saved its state.
type StoppedError struct {
	Step, Steps int
}

// Error says how far it came.
func (e *StoppedError) Error() string {
	return fmt.Sprintf("stopped after step %d of %d; the state is saved", e.Step, e.Steps)
}

// Hint is advice.
func (e *StoppedError) Hint() string {
	return "the same command goes on from there, with the same bits"
}

// hinted is an error with advice.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// Hint is advice.
func (h hinted) Hint() string { return h.hint }
