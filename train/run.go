package train

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"ayni.example/tensor"
	"ayni.example/tensor/grad"
	"ayni.example/train/checkpoint"
	"ayni.example/train/recipe"
)

// Result is what a run came to.
type Result struct {
	Name   string `json:"name"`
	Run    string `json:"run"`    // digest of recipe, data, tokenizer and base model
	Digest string `json:"digest"` // of the final state; see checkpoint.State.Root
	Materials
	Step       int        `json:"step"`
	Steps      int        `json:"steps"` // of the recipe
	Complete   bool       `json:"complete"`
	Tokens     int64      `json:"tokens"`
	Parameters int        `json:"parameters"` // that were trained
	Loss       float64    `json:"loss"`       // nats a token, mean of about the last 50 steps
	HeldOut    *Score     `json:"held_out,omitempty"`
	Before     *Score     `json:"held_out_before,omitempty"`
	Seconds    float64    `json:"seconds"`
	CPU        float64    `json:"cpu_seconds"`
	Files      []Exported `json:"files"`
	Dir        string     `json:"dir"`
	Log        *Log       `json:"-"`
}

// Materials are what a run is made from, by digests with their prefix.
type Materials struct {
	Base   string `json:"base,omitempty"` // of the base model's file
	Corpus string `json:"corpus"`         // of the text with its splits
}

func (p *plan) materials() Materials {
	m := Materials{Corpus: "sha256:" + hex.EncodeToString(p.corpus.Digest[:])}
	if p.recipe.Mode != recipe.Pretrain {
		m.Base = "sha256:" + hex.EncodeToString(p.baseDigest[:])
	}
	return m
}

// run is one sitting.
type run struct {
	cfg     Config
	plan    *plan
	pool    *tensor.Pool
	trainer *grad.Trainer
	store   *checkpoint.Store
	log     *Log
	step    int
	started time.Time
	cpu     float64
}

// Run trains until the last step, a mistake, or the end of ctx, which saves and gives a StoppedError.
func Run(ctx context.Context, cfg Config) (*Result, error) {
	cfg, err := cfg.filled()
	if err != nil {
		return nil, err
	}
	if cfg.Dir == "" {
		return nil, errors.New("train: it needs a folder")
	}
	store, err := checkpoint.Open(checkpoint.Config{Dir: filepath.Join(cfg.Dir, "checkpoints"), Logger: cfg.Logger})
	if err != nil {
		if errors.Is(err, checkpoint.ErrBusy) {
			return nil, hinted{err, "wait for it, or train elsewhere with --out"}
		}
		return nil, hinted{err, "name a folder that you can write with --out"}
	}
	r := &run{cfg: cfg, store: store, started: cfg.Now(), cpu: cpuSeconds()}
	result, err := r.run(ctx)
	return result, errors.Join(err, store.Close())
}

func (r *run) run(ctx context.Context) (*Result, error) {
	var err error
	if r.plan, err = newPlan(r.cfg); err != nil {
		return nil, err
	}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	if err := r.restore(); err != nil {
		return nil, err
	}
	if err := r.loop(ctx); err != nil {
		return nil, err
	}
	return r.finish()
}

func (r *run) prepare() error {
	o, b := r.cfg.Recipe.Optimiser, r.cfg.Recipe.Batch
	c := grad.Config{Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Epsilon, Decay: o.Decay, MaxNorm: o.Clip, MicroTokens: min(b.Micro*b.Length, 1<<20)}
	if o.Clip == 0 {
		c.MaxNorm = math.Inf(1)
	}
	var err error
	r.pool = tensor.NewPool(r.cfg.Threads)
	if r.trainer, err = grad.NewTrainer(r.plan.model, r.pool, c); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	r.log = newLog(r.cfg.Recipe.Steps())
	return nil
}

// restore takes the newest checkpoint, as far as the caller wants it.
func (r *run) restore() error {
	if r.cfg.Start == Restart {
		return r.store.Clear()
	}
	state, err := r.store.Load()
	switch {
	case err != nil:
		return hinted{err, "--restart removes what is there and begins again"}
	case state == nil && r.cfg.Start == Resume:
		return hinted{fmt.Errorf("%w in %s", ErrNothing, r.cfg.Dir), "leave --resume out to begin, or name the folder of the run with --out"}
	case state == nil:
		return nil
	case state.Run != r.plan.run:
		return hinted{
			fmt.Errorf("the checkpoint in %s is of another recipe, text or model (run %x, this is %x)", r.cfg.Dir, state.Run[:6], r.plan.run[:6]),
			"--restart removes it and begins again; --out names another folder",
		}
	case state.Step > uint64(r.cfg.Steps):
		return hinted{fmt.Errorf("the checkpoint in %s is of step %d, after the step %d to stop at", r.cfg.Dir, state.Step, r.cfg.Steps), "--restart removes it; --out names another folder"}
	}
	if err := r.apply(state); err != nil {
		return fmt.Errorf("go on from checkpoint: %w", err)
	}
	r.cfg.Logger.Info("going on from a checkpoint", "step", r.step, "of", r.cfg.Recipe.Steps())
	return nil
}

// trained are the parameters that a step changes.
func (r *run) trained() []*grad.Param {
	return slices.DeleteFunc(slices.Clone(r.plan.model.Params()), func(p *grad.Param) bool { return p.Frozen })
}

func (r *run) apply(state *checkpoint.State) error {
	list := r.trained()
	if len(list) != len(state.Tensors) {
		return fmt.Errorf("%d tensors, the model trains %d", len(state.Tensors), len(list))
	}
	moments := grad.State{Step: state.Step}
	for i, p := range list {
		t := state.Tensors[i]
		if t.Name != p.Name || t.Rows != p.Rows || t.Cols != p.Cols {
			return fmt.Errorf("tensor %d is %s of %d by %d, want %s of %d by %d", i, t.Name, t.Rows, t.Cols, p.Name, p.Rows, p.Cols)
		}
		copy(p.Data, t.Data)
		moments.First, moments.Second = append(moments.First, t.First), append(moments.Second, t.Second)
	}
	if err := r.trainer.SetState(moments); err != nil {
		return err
	}
	log, err := decodeLog(state.Log)
	if err != nil {
		return err
	}
	r.log, r.step = log, int(state.Step)
	return nil
}

// state is the live state; it is valid until the next step.
func (r *run) state() (*checkpoint.State, error) {
	moments := r.trainer.State()
	s := &checkpoint.State{Run: r.plan.run, Step: uint64(r.step), Windows: uint64(r.step) * uint64(r.cfg.Recipe.Batch.Windows)}
	for i, p := range r.trained() {
		s.Tensors = append(s.Tensors, checkpoint.Tensor{
			Name: p.Name, Rows: p.Rows, Cols: p.Cols, Data: p.Data, First: moments.First[i], Second: moments.Second[i],
		})
	}
	if moments.Step != s.Step {
		return nil, fmt.Errorf("train: %d updates after step %d", moments.Step, s.Step)
	}
	r.clock()
	var err error
	s.Log, err = r.log.encode()
	return s, err
}

// clock adds the time since it was last called to the log.
func (r *run) clock() {
	now, cpu := r.cfg.Now(), cpuSeconds()
	r.log.Seconds += now.Sub(r.started).Seconds()
	r.log.CPU += cpu - r.cpu
	r.started, r.cpu = now, cpu
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// finish exports the final state.
func (r *run) finish() (*Result, error) {
	state, err := r.state()
	if err != nil {
		return nil, err
	}
	root, c := state.Root(), r.cfg.Recipe
	result := &Result{
		Name: c.Name, Run: "sha256:" + hex.EncodeToString(r.plan.run[:]), Digest: "sha256:" + hex.EncodeToString(root[:]),
		Materials: r.plan.materials(), Step: r.step, Steps: c.Steps(), Complete: r.step == c.Steps(), Tokens: r.tokens(), Loss: r.log.Mean,
		HeldOut: r.log.After, Before: r.log.Before, Seconds: r.log.Seconds, CPU: r.log.CPU, Dir: r.cfg.Dir, Log: r.log,
	}
	if n := len(r.log.Held); result.HeldOut == nil && n > 0 {
		result.HeldOut = &r.log.Held[n-1]
	}
	for _, p := range r.trained() {
		result.Parameters += len(p.Data)
	}
	r.cfg.Progress(Progress{Stage: "exporting", Step: r.step, Stop: r.cfg.Steps})
	if result.Files, err = r.export(result); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return result, nil
}

// tokens is how many tokens were predicted so far.
func (r *run) tokens() int64 {
	b := r.cfg.Recipe.Batch
	return int64(r.step) * int64(b.Windows) * int64(b.Length)
}
