package train

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"ayni.example/tensor"
	"ayni.example/tensor/trace"
	"ayni.example/tensor/trace/record"
	"ayni.example/train/checkpoint"
	"ayni.example/train/recipe"
)

// Plan is what a recipe fixes for a training that can be disputed: tokens and factors of every step, and the state before the first.
type Plan struct {
	Materials
	*record.Plan
	initial *record.State
	pool    *tensor.Pool
}

// Job reads all that the recipe names and says what its training is, with a state after every segment of steps. A recipe that
// cannot be disputed is an error that is trace.ErrShape and names the field.
func Job(cfg Config, segment int) (trace.Job, *Plan, error) {
	cfg, err := cfg.filled()
	if err != nil {
		return trace.Job{}, nil, err
	}
	p, err := newPlan(cfg)
	if err != nil {
		return trace.Job{}, nil, err
	}
	job := trace.Job{Steps: uint64(cfg.Recipe.Steps()), Segment: uint64(segment)}
	if job.Shape, err = p.traced(); err != nil {
		return job, nil, err
	}
	if err := job.Validate(); err != nil {
		return job, nil, hinted{fmt.Errorf("train: %w", err), "docs/spec/dispute-1.md says what can be disputed; other recipes train as well, but not as exact"}
	}
	program, err := trace.NewProgram(job.Shape)
	if err != nil {
		return job, nil, err
	}
	out := &Plan{Materials: p.materials(), pool: tensor.NewPool(cfg.Threads)}
	out.Plan, err = record.NewPlan(record.PlanConfig{
		Program: program, Rotary: p.model.Rotary(), Steps: job.Steps, Inputs: p.inputs(),
	})
	if err != nil {
		return job, nil, fmt.Errorf("train: %w", err)
	}
	var initial [][]float32
	for _, t := range p.model.Params() {
		initial = append(initial, t.Data, make([]float32, len(t.Data)), make([]float32, len(t.Data)))
	}
	if out.initial, err = record.NewState(out.pool, program, initial); err != nil {
		return job, nil, fmt.Errorf("train: %w", err)
	}
	job.Plan, job.Initial = out.Root(), out.initial.Root()
	return job, out, nil
}

// Initial is the state before the first step.
func (p *Plan) Initial() *record.State { return p.initial }

// State commits to the state of a checkpoint, which must stay as it is.
func (p *Plan) State(state *checkpoint.State) (*record.State, error) {
	return record.NewState(p.pool, p.Program(), parts(state))
}

// Step makes all tensors of the step that follows a state; steps count from 0.
func (p *Plan) Step(step uint64, before *record.State) (*record.Trace, error) {
	return record.Step(record.Config{Pool: p.pool, Plan: p.Plan, Step: step, Before: before})
}

// traced is the shape that disputes know.
func (p *plan) traced() (trace.Shape, error) {
	r, s := p.recipe, p.model.Shape()
	var what string
	switch {
	case r.Mode == recipe.LoRA:
		return trace.Shape{}, r.Fault("mode", "use `full`, or train without exact", fmt.Errorf("%w: it trains adapters", trace.ErrShape))
	case s.Bias:
		what = "has biases"
	case s.HeadNorm:
		what = "has norms of heads"
	case s.HalfSplit:
		what = "rotates numbers that are not neighbours"
	case s.Window != 0:
		what = "attends to a window of positions"
	case 2*p.model.Rotary().Pairs() != s.HeadSize:
		what = "rotates part of each head"
	}
	if what != "" {
		return trace.Shape{}, r.Fault("model.from", "start from a model of Llama's architecture, or train without exact",
			fmt.Errorf("%w: it %s", trace.ErrShape, what))
	}
	clip := r.Optimiser.Clip
	if clip == 0 {
		clip = math.Inf(1)
	}
	return trace.Shape{
		Layers: s.Layers, Width: s.Width, Heads: s.Heads, KVHeads: s.KVHeads, HeadSize: s.HeadSize, Inner: s.Inner, Vocab: s.Vocab,
		Windows: r.Batch.Windows, Length: r.Batch.Length, Untied: s.Untied, Eps: math.Float32bits(s.Eps), Clip: math.Float64bits(clip),
	}, nil
}

// inputs are the windows and factors of a step, as the run takes them.
func (p *plan) inputs() func(step uint64) (record.Inputs, error) {
	var mu sync.Mutex // of the order, which keeps the permutation of an epoch
	c, o := p.recipe, p.recipe.Optimiser
	return func(step uint64) (record.Inputs, error) {
		if step >= uint64(c.Steps()) {
			return record.Inputs{}, errors.New("it is after the last one")
		}
		mu.Lock()
		windows := p.windows(int(step))
		mu.Unlock()
		f := tensor.AdamW{
			Rate: rateAt(c.Schedule, int(step), c.Steps()), Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Epsilon, Decay: o.Decay, Step: int(step) + 1,
		}.Factors()
		in := record.Inputs{Windows: windows}
		for i, v := range []float32{f.Beta1, f.Take1, f.Beta2, f.Take2, f.Eps, f.Keep, f.Step, f.Root, 1} {
			in.Factors[i] = math.Float32bits(v)
		}
		return in, nil
	}
}

// windows are those of a step, counted from 0.
func (p *plan) windows(step int) [][]int32 {
	list := make([][]int32, p.recipe.Batch.Windows)
	for i := range list {
		list[i] = p.order.Window(uint64(step)*uint64(len(list)) + uint64(i))
	}
	return list
}
