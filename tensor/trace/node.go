package trace

import "fmt"

// Node is a place in the tree of a step's intermediate tensors, or of the state after it. Above the tensors Tensor is -1 and
// level 0 would be their roots; within a tensor level 0 are its tiles. The root of a tensor is named within it.
type Node struct {
	Source       Source // Intermediate or After
	Tensor       int    // within the source
	Level, Index int
}

// Top is the root of all tensors of a source.
func (p *Program) Top(source Source) (Node, error) {
	count, err := p.count(source)
	if err != nil {
		return Node{}, err
	}
	return p.settle(Node{Source: source, Tensor: -1, Level: Depth(count)}), nil
}

func (p *Program) count(source Source) (int, error) {
	switch source {
	case Intermediate:
		return p.intermediate, nil
	case Before, After:
		return len(p.before), nil
	default:
		return 0, fmt.Errorf("%w: source %d has no tree of tensors", ErrPlace, source)
	}
}

// settle names the root of a tensor within the tensor.
func (p *Program) settle(n Node) Node {
	if n.Tensor >= 0 || n.Level > 0 {
		return n
	}
	n.Tensor, n.Index = n.Index, 0
	n.Level = Depth(p.of(n).Tiles())
	return n
}

// of is the tensor of a node that is within one.
func (p *Program) of(n Node) Tensor {
	switch n.Source {
	case Before:
		return p.before[n.Tensor]
	case After:
		return p.Tensor(p.intermediate + n.Tensor)
	default:
		return p.Tensor(n.Tensor)
	}
}

// Fanout is the number of children of a node, 0 of a tile.
func (p *Program) Fanout(n Node) (int, error) {
	count, err := p.count(n.Source)
	if err != nil {
		return 0, err
	}
	if n.Tensor >= count || n.Tensor < -1 || n.Index < 0 || n.Level < 0 || n.Tensor < 0 && n.Level == 0 {
		return 0, fmt.Errorf("%w: node %v", ErrPlace, n)
	}
	if n.Tensor >= 0 {
		count = p.of(n).Tiles()
	}
	width := count
	for range min(n.Level, Depth(count)) {
		width = (width + Arity - 1) / Arity
	}
	if n.Level > Depth(count) || n.Index >= width {
		return 0, fmt.Errorf("%w: node %v", ErrPlace, n)
	}
	return Fanout(count, n.Level, n.Index), nil
}

// Child is child i of a node.
func (p *Program) Child(n Node, i int) (Node, error) {
	count, err := p.Fanout(n)
	if err != nil {
		return Node{}, err
	}
	if i < 0 || i >= count {
		return Node{}, fmt.Errorf("%w: child %d of %d of node %v", ErrPlace, i, count, n)
	}
	n.Level, n.Index = n.Level-1, n.Index*Arity+i
	return p.settle(n), nil
}

// Tile is the tile that a node is: the index of its operation, and of the tile.
func (p *Program) Tile(n Node) (tensor, tile int, ok bool) {
	if _, err := p.Fanout(n); err != nil || n.Level != 0 || n.Source == Before {
		return 0, 0, false
	}
	if n.Source == After {
		return p.intermediate + n.Tensor, n.Index, true
	}
	return n.Tensor, n.Index, true
}
