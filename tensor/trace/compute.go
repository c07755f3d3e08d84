package trace

import (
	"errors"
	"fmt"
	"slices"
)

// site finds a tile.
func (p *Program) site(tensor, tile int) (site, error) {
	if tensor < 0 || tensor >= len(p.operations) {
		return site{}, fmt.Errorf("%w: tensor %d of %d", ErrPlace, tensor, len(p.operations))
	}
	o := &p.operations[tensor]
	if tile < 0 || tile >= o.Output.Tiles() {
		return site{}, fmt.Errorf("%w: tile %d of %d of %s", ErrPlace, tile, o.Output.Tiles(), o.Output.Name)
	}
	s := site{Operation: o, shape: &p.shape, row: tile / o.Output.across(), col: tile % o.Output.across()}
	s.rows, s.cols = o.Output.Size(tile)
	return s, nil
}

func (p *Program) chunk(tensor, tile, chunk int) (site, rule, error) {
	s, err := p.site(tensor, tile)
	if err != nil {
		return s, nil, err
	}
	r := kinds()[s.Kind].rule
	if n := r.chunks(s); chunk < 0 || chunk >= n {
		return s, nil, fmt.Errorf("%w: chunk %d of %d of tile %d of %s", ErrPlace, chunk, n, tile, s.Output.Name)
	}
	return s, r, nil
}

// Chunks is the number of parts that a tile is computed in, 0 for a tile that there is not.
func (p *Program) Chunks(tensor, tile int) int {
	s, err := p.site(tensor, tile)
	if err != nil {
		return 0
	}
	return kinds()[s.Kind].rule.chunks(s)
}

// Carry is the number of words that each chunk of a tile but the last hands to the next.
func (p *Program) Carry(tensor, tile int) int {
	s, r, err := p.chunk(tensor, tile, 0)
	if err != nil || r.chunks(s) == 1 {
		return 0
	}
	return len(r.start(s))
}

// opCost is the time of one operation in units of ten nanoseconds, three times what it is for ordinary numbers.
const opCost = 3

// Work bounds the time that Compute takes for a chunk, in units of ten nanoseconds.
func (p *Program) Work(tensor, tile, chunk int) (uint64, error) {
	s, _, err := p.chunk(tensor, tile, chunk)
	if err != nil {
		return 0, err
	}
	work := opCost * kinds()[s.Kind].ops
	if s.Kind == Scores {
		work *= uint64(p.shape.HeadSize / Side)
	}
	return work, nil
}

// Operands lists the tiles that a chunk reads, at most MaxOperands.
func (p *Program) Operands(tensor, tile, chunk int) ([]Operand, error) {
	s, r, err := p.chunk(tensor, tile, chunk)
	if err != nil {
		return nil, err
	}
	return r.operands(s, chunk), nil
}

// MaxOperands bounds the tiles that a chunk reads.
const MaxOperands = 8

// ErrOperands means that a carry or an operand has another size than the program says.
var ErrOperands = errors.New("words that do not fit the chunk")

// Compute makes the carry after a chunk, or the tile after its last one. The carry before the first chunk is empty;
// operands are in the order of Operands.
func (p *Program) Compute(tensor, tile, chunk int, carry []uint32, operands [][]uint32) ([]uint32, error) {
	s, r, err := p.chunk(tensor, tile, chunk)
	if err != nil {
		return nil, err
	}
	list := r.operands(s, chunk)
	if len(list) != len(operands) {
		return nil, fmt.Errorf("%w: %d operands, %d are read", ErrOperands, len(operands), len(list))
	}
	in := make([]view, len(list))
	for i, o := range list {
		t, err := p.Lookup(o)
		if err != nil {
			return nil, err
		}
		rows, cols := t.Size(o.Tile)
		if len(operands[i]) != rows*cols {
			return nil, fmt.Errorf("%w: operand %d has %d words, a tile of %s %d", ErrOperands, i, len(operands[i]), t.Name, rows*cols)
		}
		in[i] = view{words: operands[i], cols: cols}
	}
	acc := r.start(s)
	if chunk == 0 {
		if len(carry) != 0 {
			return nil, fmt.Errorf("%w: a carry of %d words before the first chunk", ErrOperands, len(carry))
		}
		return r.compute(s, chunk, acc, in), nil
	}
	if len(carry) != len(acc) {
		return nil, fmt.Errorf("%w: a carry of %d words, want %d", ErrOperands, len(carry), len(acc))
	}
	return r.compute(s, chunk, slices.Clone(carry), in), nil
}
