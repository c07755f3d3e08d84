package disputetest

import (
	"math"
	"math/rand"
	"testing"

	"ayni.example/tensor"
	"ayni.example/tensor/trace"
	"ayni.example/tensor/trace/record"
	"ayni.example/x/referee"
)

// Tiny is the least shape: most tensors are one tile.
func Tiny() trace.Shape {
	return trace.Shape{
		Layers: 1, Width: 32, Heads: 1, KVHeads: 1, HeadSize: 32, Inner: 32, Vocab: 40, Windows: 1, Length: 32,
		Eps: 0x3727c5ac, Clip: math.Float64bits(1),
	}
}

// Small has several tiles, chunks and levels of everything.
func Small() trace.Shape {
	return trace.Shape{
		Layers: 2, Width: 64, Heads: 2, KVHeads: 1, HeadSize: 32, Inner: 96, Vocab: 600, Windows: 2, Length: 64,
		Eps: 0x3727c5ac, Clip: math.Float64bits(1), Untied: true,
	}
}

// Training is a job and all that its tenant fixes.
type Training struct {
	Job     trace.Job
	Program *trace.Program

	plan    *record.Plan
	initial [][]float32
	inputs  []record.Inputs
}

// New makes a training of some steps, in segments of so many, from a seed.
func New(tb testing.TB, shape trace.Shape, steps, segment int, seed int64) *Training {
	tb.Helper()
	program, err := trace.NewProgram(shape)
	must(tb, err)
	t := &Training{Program: program}
	r := rand.New(rand.NewSource(seed))
	for i := range program.State() {
		at := program.Before(i)
		data := make([]float32, at.Rows*at.Cols)
		for j := range data {
			switch {
			case i%3 > 0: // moments
			case at.Rows == 1:
				data[j] = 1
			default:
				data[j] = float32(r.NormFloat64() * 0.05)
			}
		}
		t.initial = append(t.initial, data)
	}
	for step := range steps {
		in := record.Inputs{Factors: factors(step)}
		for range shape.Windows {
			window := make([]int32, shape.Length+1)
			for i := range window {
				window[i] = int32(r.Intn(shape.Vocab))
			}
			in.Windows = append(in.Windows, window)
		}
		t.inputs = append(t.inputs, in)
	}
	t.plan = t.planOf(tb, t.inputs)
	state, err := record.NewState(pool(), program, t.initial)
	must(tb, err)
	t.Job = trace.Job{Shape: shape, Plan: t.plan.Root(), Initial: state.Root(), Steps: uint64(steps), Segment: uint64(segment)}
	must(tb, t.Job.Validate())
	return t
}

func factors(step int) (f [trace.FactorCount]uint32) {
	a := tensor.AdamW{Rate: 3e-3, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Decay: 0.1, Step: step + 1}.Factors()
	for i, v := range []float32{a.Beta1, a.Take1, a.Beta2, a.Take2, a.Eps, a.Keep, a.Step, a.Root, 1} {
		f[i] = math.Float32bits(v)
	}
	return f
}

func (t *Training) planOf(tb testing.TB, inputs []record.Inputs) *record.Plan {
	tb.Helper()
	plan, err := record.NewPlan(record.PlanConfig{
		Program: t.Program, Rotary: tensor.NewRotary(t.Program.Shape().HeadSize, 10000, 1, nil), Steps: uint64(len(inputs)),
		Inputs: func(step uint64) (record.Inputs, error) { return inputs[step], nil },
	})
	must(tb, err)
	return plan
}

// Book is what somebody has computed, or says to have: states, and the traces between them.
type Book struct {
	states []*record.State
	traces []referee.Trace
}

// StateRoot is that of the state before a step.
func (b *Book) StateRoot(step uint64) (trace.Hash, error) { return b.states[step].Root(), nil }

// Trace is all of one step.
func (b *Book) Trace(step uint64) (referee.Trace, error) { return b.traces[step], nil }

// Root is the state root before a step, as claims name it.
func (b *Book) Root(step uint64) []byte {
	root := b.states[step].Root()
	return root[:]
}

// State is the state before a step.
func (b *Book) State(step uint64) *record.State { return b.states[step] }

// Honest computes all steps.
func (t *Training) Honest(tb testing.TB) *Book {
	tb.Helper()
	state, err := record.NewState(pool(), t.Program, t.initial)
	must(tb, err)
	b := &Book{states: []*record.State{state}}
	t.goOn(tb, b)
	return b
}

// goOn computes the steps that a book does not have, truly.
func (t *Training) goOn(tb testing.TB, b *Book) {
	tb.Helper()
	for len(b.traces) < len(t.inputs) {
		made := t.step(tb, t.plan, len(b.traces), b.states[len(b.states)-1])
		b.traces, b.states = append(b.traces, made), append(b.states, made.After())
	}
}

// Step makes all tensors of the step that follows a state.
func (t *Training) Step(step uint64, before *record.State) (*record.Trace, error) {
	return record.Step(record.Config{Pool: pool(), Plan: t.plan, Step: step, Before: before})
}

func (t *Training) step(tb testing.TB, plan *record.Plan, step int, before *record.State) *record.Trace {
	tb.Helper()
	made, err := record.Step(record.Config{Pool: pool(), Plan: plan, Step: uint64(step), Before: before})
	must(tb, err)
	return made
}

func pool() *tensor.Pool { return tensor.NewPool(1) }

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// At is a book as of a claim that begins with a step: it also shows tiles of the state before.
func (b *Book) At(step uint64) Claimed { return Claimed{b, step} }

// Claimed is a book of a claim.
type Claimed struct {
	*Book
	from uint64
}

// Open shows a tile of the state before the claim.
func (c Claimed) Open(o trace.Operand) (trace.Opening, error) { return c.states[c.from].Open(o) }
