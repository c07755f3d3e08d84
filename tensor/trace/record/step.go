package record

import (
	"fmt"
	"sync/atomic"

	"ayni.example/tensor"
	"ayni.example/tensor/trace"
)

// Config says which step to record.
type Config struct {
	Pool   *tensor.Pool
	Plan   *Plan
	Step   uint64
	Before *State
}

// step is the making of a trace.
type step struct {
	pool    *tensor.Pool
	alone   *tensor.Pool
	program *trace.Program
	shape   trace.Shape
	plan    *Plan
	in      *planned
	before  [][]float32
	made    [][]float32 // by operation
	wild    []bool      // by operation: an element is not finite
}

// Step makes all tensors of a step, and commits to them.
func Step(cfg Config) (*Trace, error) {
	if cfg.Pool == nil || cfg.Plan == nil || cfg.Before == nil {
		return nil, fmt.Errorf("record a step: it needs a pool, a plan and the state before")
	}
	if cfg.Step >= cfg.Plan.Steps() {
		return nil, fmt.Errorf("record a step: %w: step %d of %d", trace.ErrPlace, cfg.Step, cfg.Plan.Steps())
	}
	in, err := cfg.Plan.step(cfg.Step)
	if err != nil {
		return nil, err
	}
	p := cfg.Plan.Program()
	s := &step{
		pool: cfg.Pool, alone: tensor.NewPool(1), program: p, shape: p.Shape(), plan: cfg.Plan, in: in,
		before: cfg.Before.Tensors(), made: make([][]float32, len(p.Operations())), wild: make([]bool, len(p.Operations())),
	}
	for i := range s.made {
		if err := s.make(i); err != nil {
			return nil, fmt.Errorf("record %s of step %d: %w", p.Tensor(i).Name, cfg.Step, err)
		}
	}
	return newTrace(cfg, s)
}

// make runs one operation. Where numbers are not finite the kernels say nothing about the bits of NaN: there the tensor is
// computed as the ledger does it, in minutes instead of moments.
func (s *step) make(i int) error {
	o := &s.program.Operations()[i]
	s.made[i] = make([]float32, o.Output.Rows*o.Output.Cols)
	wild := false
	for _, t := range o.Inputs {
		wild = wild || t.Source == trace.Intermediate && s.wild[t.Index]
	}
	if !wild {
		if err := s.run(o, s.made[i]); err != nil {
			return err
		}
		s.wild[i] = !s.finite(s.made[i])
		wild = s.wild[i]
	}
	if !wild {
		return nil
	}
	if err := s.slowly(i); err != nil {
		return err
	}
	s.wild[i] = !s.finite(s.made[i])
	return nil
}

// block is how many numbers of a row operation go together.
const block = 1 << 12

func (s *step) finite(x []float32) bool {
	var wild atomic.Bool
	s.pool.Run((len(x)+block-1)/block, block, func(b int) {
		if !tensor.Finite(x[b*block : min((b+1)*block, len(x))]) {
			wild.Store(true)
		}
	})
	return !wild.Load()
}

// rows spreads the rows of a tensor over the pool; work is the operations of a row.
func (s *step) rows(t trace.Tensor, work int, do func(row int)) {
	const few = 16
	s.pool.Run((t.Rows+few-1)/few, few*work, func(b int) {
		for i := b * few; i < min((b+1)*few, t.Rows); i++ {
			do(i)
		}
	})
}

// data is an input.
func (s *step) data(t trace.Tensor) []float32 {
	if t.Source == trace.Before {
		return s.before[t.Index]
	}
	return s.made[t.Index]
}

// words are those of an operand.
func (s *step) words(o trace.Operand) ([]uint32, error) {
	t, err := s.program.Lookup(o)
	if err != nil {
		return nil, err
	}
	switch o.Source {
	case trace.Cos:
		return cut(t, s.plan.tableCos, o.Tile), nil
	case trace.Sin:
		return cut(t, s.plan.tableSin, o.Tile), nil
	case trace.Tokens:
		return cut(t, s.in.tokens, o.Tile), nil
	case trace.Factors:
		return s.in.factors[:], nil
	case trace.After:
		return words(t, s.made[s.program.Intermediate()+o.Tensor], o.Tile), nil
	default:
		return words(t, s.data(t), o.Tile), nil
	}
}
