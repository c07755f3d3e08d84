package record

import (
	"fmt"

	"ayni.example/tensor/trace"
)

// Trace is all tensors of a step, with their trees.
type Trace struct {
	cfg     Config
	program *trace.Program
	step    *step
	between *commitment
	after   *State
}

func newTrace(cfg Config, s *step) (*Trace, error) {
	n := s.program.Intermediate()
	list := make([]trace.Tensor, n)
	for i := range list {
		list[i] = s.program.Tensor(i)
	}
	after, err := NewState(cfg.Pool, s.program, s.made[n:])
	if err != nil {
		return nil, err
	}
	return &Trace{
		cfg: cfg, program: s.program, step: s, after: after, between: commit(cfg.Pool, list, s.made[:n]),
	}, nil
}

// Root is the root of the intermediate tensors.
func (t *Trace) Root() trace.Hash { return t.between.top.Root() }

// After is the state after the step.
func (t *Trace) After() *State { return t.after }

// Roots are what operands of this step are held against.
func (t *Trace) Roots() trace.Roots {
	return trace.Roots{
		Before: t.cfg.Before.Root(), Trace: t.Root(), After: t.after.Root(), Plan: t.cfg.Plan.Root(),
		Step: t.cfg.Step, Steps: t.cfg.Plan.Steps(),
	}
}

// Finite reports whether the trainer would have made this step: with numbers that are not finite it stops.
func (t *Trace) Finite() bool {
	for _, wild := range t.step.wild {
		if wild {
			return false
		}
	}
	return true
}

// Children are the hashes below a node of the intermediate tensors or of the state after.
func (t *Trace) Children(n trace.Node) ([]trace.Hash, error) {
	if _, err := t.program.Fanout(n); err != nil {
		return nil, err
	}
	switch n.Source {
	case trace.Intermediate:
		return t.between.children(n)
	case trace.After:
		return t.after.Children(n)
	default:
		return t.cfg.Before.Children(n)
	}
}

// Tile is a tile of an operation's output.
func (t *Trace) Tile(tensor, tile int) ([]uint32, error) {
	if t.program.Chunks(tensor, tile) == 0 {
		return nil, fmt.Errorf("%w: tile %d of tensor %d", trace.ErrPlace, tile, tensor)
	}
	return words(t.program.Tensor(tensor), t.step.made[tensor], tile), nil
}

// Carries are what the chunks of a tile hand on after some numbers of chunks, which ascend from 1; after the last chunk that
// is the tile.
func (t *Trace) Carries(tensor, tile int, after []int) ([][]uint32, error) {
	return t.step.carries(tensor, tile, after)
}

// Open shows an operand with its path.
func (t *Trace) Open(o trace.Operand) (trace.Opening, error) {
	if _, err := t.program.Lookup(o); err != nil {
		return trace.Opening{}, err
	}
	switch o.Source {
	case trace.Before:
		return t.cfg.Before.open(o.Tensor, o.Tile), nil
	case trace.Intermediate:
		return t.between.open(o.Tensor, o.Tile), nil
	case trace.After:
		return t.after.open(o.Tensor, o.Tile), nil
	default:
		return t.cfg.Plan.Open(t.cfg.Step, o)
	}
}
