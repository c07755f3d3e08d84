package record

import (
	"fmt"
	"math"

	"ayni.example/tensor"
	"ayni.example/tensor/trace"
)

// Inputs are what the plan says about one step.
type Inputs struct {
	Windows [][]int32 // each of the shape's length and one more
	Factors [trace.FactorCount]uint32
}

// PlanConfig says what a plan is made of.
type PlanConfig struct {
	Program *trace.Program
	Rotary  *tensor.Rotary
	Steps   uint64
	Inputs  func(step uint64) (Inputs, error)
}

// Plan is what the tenant fixes: the inputs of all steps.
type Plan struct {
	cfg       PlanConfig
	sin, cos  []float32 // [position][pair]
	tableCos  []uint32  // [position][head size]
	tableSin  []uint32
	treeCos   *trace.Tree
	treeSin   *trace.Tree
	treeSteps *trace.Tree
}

// NewPlan asks for the inputs of all steps and keeps one hash of each.
func NewPlan(cfg PlanConfig) (*Plan, error) {
	s := cfg.Program.Shape()
	if 2*cfg.Rotary.Pairs() != s.HeadSize {
		return nil, fmt.Errorf("%w: %d pairs of a head of %d are rotated", trace.ErrShape, cfg.Rotary.Pairs(), s.HeadSize)
	}
	if cfg.Steps < 1 || cfg.Steps > trace.MaxSteps {
		return nil, fmt.Errorf("%w: %d steps, want 1 to %d", trace.ErrJob, cfg.Steps, trace.MaxSteps)
	}
	p := &Plan{cfg: cfg}
	p.tables(s)
	p.treeCos = wordTree(cfg.Program.Planned(trace.Cos), p.tableCos)
	p.treeSin = wordTree(cfg.Program.Planned(trace.Sin), p.tableSin)
	leaves := make([]trace.Hash, cfg.Steps)
	for i := range leaves {
		step, err := p.step(uint64(i))
		if err != nil {
			return nil, err
		}
		leaves[i] = trace.StepLeaf(step.tree.Root(), trace.TileHash(step.factors[:]))
	}
	p.treeSteps = trace.NewTree(leaves)
	return p, nil
}

// tables are the angles of all positions. The numbers of a pair stand above both of its columns.
func (p *Plan) tables(s trace.Shape) {
	pairs := s.HeadSize / 2
	p.sin, p.cos = make([]float32, s.Length*pairs), make([]float32, s.Length*pairs)
	for i := range s.Length {
		p.cfg.Rotary.Angles(i, p.sin[i*pairs:(i+1)*pairs], p.cos[i*pairs:(i+1)*pairs])
	}
	for i := range p.sin {
		sin, cos := math.Float32bits(p.sin[i]), math.Float32bits(p.cos[i])
		p.tableSin = append(p.tableSin, sin, sin)
		p.tableCos = append(p.tableCos, cos, cos)
	}
}

// planned is a step of the plan.
type planned struct {
	tokens  []uint32
	factors [trace.FactorCount]uint32
	tree    *trace.Tree // of the tokens
}

func (p *Plan) step(step uint64) (*planned, error) {
	s := p.cfg.Program.Shape()
	in, err := p.cfg.Inputs(step)
	if err != nil {
		return nil, fmt.Errorf("plan: step %d: %w", step, err)
	}
	if len(in.Windows) != s.Windows {
		return nil, fmt.Errorf("plan: step %d has %d windows, want %d", step, len(in.Windows), s.Windows)
	}
	out := &planned{factors: in.Factors, tokens: make([]uint32, 0, s.Windows*(s.Length+1))}
	for i, w := range in.Windows {
		if len(w) != s.Length+1 {
			return nil, fmt.Errorf("plan: window %d of step %d has %d tokens, want %d", i, step, len(w), s.Length+1)
		}
		for _, id := range w {
			if id < 0 || int(id) >= s.Vocab {
				return nil, fmt.Errorf("plan: window %d of step %d has the token %d, the vocabulary %d", i, step, id, s.Vocab)
			}
			out.tokens = append(out.tokens, uint32(id))
		}
	}
	out.tree = wordTree(p.cfg.Program.Planned(trace.Tokens), out.tokens)
	return out, nil
}

// wordTree is the tree over the tiles of a tensor of words.
func wordTree(t trace.Tensor, data []uint32) *trace.Tree {
	leaves := make([]trace.Hash, t.Tiles())
	for i := range leaves {
		leaves[i] = trace.TileHash(cut(t, data, i))
	}
	return trace.NewTree(leaves)
}

func cut(t trace.Tensor, data []uint32, tile int) []uint32 {
	rows, cols := t.Size(tile)
	row, col := t.Origin(tile)
	out := make([]uint32, 0, rows*cols)
	for i := range rows {
		out = append(out, data[(row+i)*t.Cols+col:][:cols]...)
	}
	return out
}

// Program is what the plan is for.
func (p *Plan) Program() *trace.Program { return p.cfg.Program }

// Steps is the number of steps of the whole training.
func (p *Plan) Steps() uint64 { return p.cfg.Steps }

// Root is the plan's root.
func (p *Plan) Root() trace.Hash {
	return trace.PlanRoot(p.treeCos.Root(), p.treeSin.Root(), p.treeSteps.Root())
}

// Open shows a tile of the plan, of a step where it is of one.
func (p *Plan) Open(step uint64, o trace.Operand) (trace.Opening, error) {
	t, err := p.cfg.Program.Lookup(o)
	if err != nil {
		return trace.Opening{}, err
	}
	switch o.Source {
	case trace.Cos:
		return trace.Opening{
			Words: cut(t, p.tableCos, o.Tile), Path: append(p.treeCos.Path(o.Tile), p.treeSin.Root(), p.treeSteps.Root()),
		}, nil
	case trace.Sin:
		return trace.Opening{
			Words: cut(t, p.tableSin, o.Tile), Path: append(p.treeSin.Path(o.Tile), p.treeCos.Root(), p.treeSteps.Root()),
		}, nil
	case trace.Tokens, trace.Factors:
	default:
		return trace.Opening{}, fmt.Errorf("%w: source %d is not of a plan", trace.ErrPlace, o.Source)
	}
	if step >= p.cfg.Steps {
		return trace.Opening{}, fmt.Errorf("%w: step %d of %d", trace.ErrPlace, step, p.cfg.Steps)
	}
	in, err := p.step(step)
	if err != nil {
		return trace.Opening{}, err
	}
	rest := append(p.treeSteps.Path(int(step)), p.treeCos.Root(), p.treeSin.Root())
	if o.Source == trace.Factors {
		return trace.Opening{Words: in.factors[:], Path: append([]trace.Hash{in.tree.Root()}, rest...)}, nil
	}
	path := append(in.tree.Path(o.Tile), trace.TileHash(in.factors[:]))
	return trace.Opening{Words: cut(t, in.tokens, o.Tile), Path: append(path, rest...)}, nil
}
