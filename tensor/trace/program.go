package trace

import (
	"errors"
	"fmt"
	"strings"
)

// Source says to which root a tensor is committed.
type Source uint8

// The sources. Operands are never of the state after.
const (
	Before       Source = iota // state before the step
	Intermediate               // made by an operation of the step
	After                      // state after it
	Cos                        // of the plan
	Sin
	Tokens // of the plan, of this step
	Factors
)

// Tensor is a matrix of 32-bit words: bits of f32, or token ids.
type Tensor struct {
	Source     Source
	Index      int // within its source
	Name       string
	Rows, Cols int
}

// Operand names a tile of a tensor.
type Operand struct {
	Source       Source
	Tensor, Tile int
}

// Operation makes one tensor.
type Operation struct {
	Kind   Kind
	Causal bool // rows are positions and see the columns up to their own
	Inputs []Tensor
	Output Tensor
}

// Program is the list of operations of a step.
type Program struct {
	shape        Shape
	before       []Tensor
	intermediate int
	operations   []Operation
}

// ErrPlace means that a tensor, tile, chunk or node is asked for that the program does not have.
var ErrPlace = errors.New("the program has no such place")

// NewProgram lists the operations of a step of a shape.
func NewProgram(s Shape) (*Program, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	b := builder{p: &Program{shape: s}, s: s}
	b.build()
	return b.p, nil
}

// Shape is what the program was made from.
func (p *Program) Shape() Shape { return p.shape }

// Intermediate is the number of tensors that are neither of the state before nor after.
func (p *Program) Intermediate() int { return p.intermediate }

// State is the number of tensors of a state.
func (p *Program) State() int { return len(p.before) }

// Operations lists intermediate tensors, then those of the state after. The caller must not change them.
func (p *Program) Operations() []Operation { return p.operations }

// Before is a tensor of a state.
func (p *Program) Before(i int) Tensor { return p.before[i] }

// Tensor is the output of operation i.
func (p *Program) Tensor(i int) Tensor { return p.operations[i].Output }

// Tiles is the number of tiles of a tensor.
func (p *Program) Tiles(tensor int) int { return p.operations[tensor].Output.Tiles() }

// Tiles is the number of tiles.
func (t Tensor) Tiles() int { return t.down() * t.across() }

// Size is the number of rows and columns of a tile.
func (t Tensor) Size(tile int) (rows, cols int) {
	i, j := tile/t.across(), tile%t.across()
	return min(Side, t.Rows-i*Side), min(Side, t.Cols-j*Side)
}

// Origin is the first row and column of a tile.
func (t Tensor) Origin(tile int) (row, col int) {
	return tile / t.across() * Side, tile % t.across() * Side
}

func (t Tensor) down() int   { return (t.Rows + Side - 1) / Side }
func (t Tensor) across() int { return (t.Cols + Side - 1) / Side }

// at names the tile at a place of the grid.
func (t Tensor) at(row, col int) Operand { return Operand{t.Source, t.Index, row*t.across() + col} }

// Lookup finds the tensor that an operand is a tile of.
func (p *Program) Lookup(o Operand) (Tensor, error) {
	var t Tensor
	ok := o.Tensor >= 0 && o.Tile >= 0
	switch {
	case !ok:
	case o.Source == Before:
		if ok = o.Tensor < len(p.before); ok {
			t = p.before[o.Tensor]
		}
	case o.Source == Intermediate:
		if ok = o.Tensor < p.intermediate; ok {
			t = p.Tensor(o.Tensor)
		}
	case o.Source == After:
		if ok = o.Tensor < len(p.before); ok {
			t = p.Tensor(p.intermediate + o.Tensor)
		}
	case o.Source <= Factors:
		if ok = o.Tensor == 0; ok {
			t = p.shape.planned(o.Source)
		}
	default:
		ok = false
	}
	if !ok || o.Tile >= t.Tiles() {
		return Tensor{}, fmt.Errorf("%w: tile %d of tensor %d of source %d", ErrPlace, o.Tile, o.Tensor, o.Source)
	}
	return t, nil
}

// Planned is a tensor of the plan: Cos, Sin, Tokens or Factors.
func (p *Program) Planned(source Source) Tensor { return p.shape.planned(source) }

// planned is a tensor of the plan.
func (s Shape) planned(source Source) Tensor {
	switch source {
	case Cos:
		return Tensor{Source: Cos, Name: "cos", Rows: s.Length, Cols: s.HeadSize}
	case Sin:
		return Tensor{Source: Sin, Name: "sin", Rows: s.Length, Cols: s.HeadSize}
	case Tokens:
		return Tensor{Source: Tokens, Name: "tokens", Rows: s.Windows, Cols: s.Length + 1}
	default:
		return Tensor{Source: Factors, Name: "factors", Rows: 1, Cols: FactorCount}
	}
}

// Line is an operation in the list of docs/spec/program-1.txt.
func (p *Program) Line(i int) string {
	o := p.operations[i]
	inputs := make([]string, len(o.Inputs))
	for j, t := range o.Inputs {
		inputs[j] = t.text()
	}
	return fmt.Sprintf("%d %s %dx%d = %s(%s)", i, o.Output.text(), o.Output.Rows, o.Output.Cols, o.Kind, strings.Join(inputs, ", "))
}

func (t Tensor) text() string {
	switch t.Source {
	case Before:
		return "before:" + t.Name
	case After:
		return "after:" + t.Name
	case Intermediate:
		return t.Name
	default:
		return "plan:" + t.Name
	}
}
