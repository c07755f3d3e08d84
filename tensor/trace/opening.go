package trace

import "fmt"

// Opening is a tile with the hashes that lead from it to a root that stands.
type Opening struct {
	Words []uint32
	Path  []Hash
}

// Roots are what stands when the operands of a step are opened.
type Roots struct {
	Before Hash // state before the step
	Trace  Hash // intermediate tensors
	After  Hash // state after
	Plan   Hash
	Step   uint64 // of the training, from 0
	Steps  uint64 // of the whole training
}

// StepLeaf is a step's leaf in the plan, of the roots of its tokens and of its factors.
func StepLeaf(tokens, factors Hash) Hash { return join(prefixStep, tokens, factors) }

// PlanRoot is the root of a plan, of the roots of its tables and of the tree of its steps.
func PlanRoot(cos, sin, steps Hash) Hash { return join(prefixPlan, cos, sin, steps) }

// Verify holds an opened tile against the root of its source.
//
// A path goes from the tile to the root of its tensor; then, for states and intermediate tensors, from there to the root of
// all. For the plan what is hashed beside it follows in its order: of tokens the root of factors, or the other way round, the
// step's path, and the roots of cosines and sines; of a table the root of the other one and that of the steps.
func (p *Program) Verify(o Operand, roots Roots, opening Opening) error {
	t, err := p.Lookup(o)
	if err != nil {
		return err
	}
	rows, cols := t.Size(o.Tile)
	if len(opening.Words) != rows*cols {
		return fmt.Errorf("%w: %d words for a tile of %s, which has %d", ErrOperands, len(opening.Words), t.Name, rows*cols)
	}
	got, rest, err := RootOf(TileHash(opening.Words), o.Tile, t.Tiles(), opening.Path)
	if err != nil {
		return fmt.Errorf("tile %d of %s: %w", o.Tile, t.Name, err)
	}
	want := roots.Plan
	switch o.Source {
	case Before:
		want = roots.Before
		got, rest, err = RootOf(got, o.Tensor, p.State(), rest)
	case Intermediate:
		want = roots.Trace
		got, rest, err = RootOf(got, o.Tensor, p.Intermediate(), rest)
	case After:
		want = roots.After
		got, rest, err = RootOf(got, o.Tensor, p.State(), rest)
	default:
		got, rest, err = planned(o.Source, got, roots, rest)
	}
	if err != nil || len(rest) != 0 || got != want {
		return fmt.Errorf("tile %d of %s: %w", o.Tile, t.Name, ErrPath)
	}
	return nil
}

// planned climbs from the root of a tensor of the plan to that of the plan.
func planned(source Source, got Hash, roots Roots, rest []Hash) (Hash, []Hash, error) {
	if source == Cos || source == Sin {
		if len(rest) < 2 {
			return got, nil, ErrPath
		}
		if source == Cos {
			return PlanRoot(got, rest[0], rest[1]), rest[2:], nil
		}
		return PlanRoot(rest[0], got, rest[1]), rest[2:], nil
	}
	if len(rest) < 1 || roots.Step >= roots.Steps || roots.Steps > MaxSteps {
		return got, nil, ErrPath
	}
	leaf := StepLeaf(got, rest[0])
	if source == Factors {
		leaf = StepLeaf(rest[0], got)
	}
	steps, rest, err := RootOf(leaf, int(roots.Step), int(roots.Steps), rest[1:])
	if err != nil || len(rest) < 2 {
		return got, nil, ErrPath
	}
	return PlanRoot(rest[0], rest[1], steps), rest[2:], nil
}

// PathLen is the number of hashes in the path of an operand, for a training of a number of steps.
func (p *Program) PathLen(o Operand, step, steps uint64) (int, error) {
	t, err := p.Lookup(o)
	if err != nil {
		return 0, err
	}
	n := PathLen(o.Tile, t.Tiles())
	switch o.Source {
	case Before, After:
		return n + PathLen(o.Tensor, p.State()), nil
	case Intermediate:
		return n + PathLen(o.Tensor, p.Intermediate()), nil
	case Cos, Sin:
		return n + 2, nil
	default:
		if step >= steps || steps > MaxSteps {
			return 0, fmt.Errorf("%w: step %d of %d", ErrPlace, step, steps)
		}
		return n + 1 + PathLen(int(step), int(steps)) + 2, nil
	}
}
