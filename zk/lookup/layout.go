package lookup

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"ayni.example/zk/field"
)

const (
	maxVars   = 28      // of a tree: what denominators take at 2^28 leaves is more than any prover has
	maxBlocks = 1 << 14 // a verifier spends a few multiplications a block
)

// Errors of layouts and of proofs. What is wrapped around them says which layer.
var (
	ErrLayout = errors.New("blocks do not make a tree")
	ErrSum    = errors.New("the sum of the fractions is not zero: a value is not in its table, or a multiplicity is wrong")
	ErrPole   = errors.New("the product of the denominators is zero: gamma is a value that is looked up")
	ErrLayer  = errors.New("the last values do not make what is left of the claim")
	ErrLeaves = errors.New("the blocks' values do not make what is claimed of the leaves")
)

// Fraction is P/Q.
type Fraction struct{ P, Q field.E }

// Layout is where blocks of leaves lie in a tree of 2^Vars leaves.
type Layout struct {
	Vars   int
	Blocks []int // how many variables each has: 2^Blocks[b] leaves
	// nodes are the tree down to where blocks and padding begin, each behind the one that it hangs from.
	nodes []node
}

// node is a node of the tree that has other nodes, or one block, or nothing under it.
type node struct {
	depth     int
	block     int // or inner, or padding
	zero, one int // nodes under an inner one
}

const (
	inner   = -1
	padding = -2
)

// NewLayout is the layout of blocks of 2^vars[b] leaves, the largest first.
func NewLayout(vars []int) (*Layout, error) {
	if len(vars) == 0 || len(vars) > maxBlocks {
		return nil, fmt.Errorf("%w: %d blocks, of 1 to %d", ErrLayout, len(vars), maxBlocks)
	}
	order, leaves := make([]int, len(vars)), uint64(0)
	for b, v := range vars {
		if v < 0 || v > maxVars {
			return nil, fmt.Errorf("%w: block %d has %d variables, of 0 to %d", ErrLayout, b, v, maxVars)
		}
		order[b] = b
		leaves += 1 << v
	}
	l := &Layout{Vars: max(1, bits.Len64(leaves-1)), Blocks: slices.Clone(vars)}
	if l.Vars > maxVars {
		return nil, fmt.Errorf("%w: %d leaves, more than 2^%d", ErrLayout, leaves, maxVars)
	}
	slices.SortStableFunc(order, func(a, b int) int { return vars[b] - vars[a] })
	l.grow(0, order)
	return l, nil
}

// grow adds the node under which the given blocks lie one behind the other, and returns its place.
func (l *Layout) grow(depth int, order []int) int {
	at := len(l.nodes)
	l.nodes = append(l.nodes, node{depth: depth, block: padding})
	switch {
	case len(order) == 0:
	case l.Blocks[order[0]] == l.Vars-depth:
		l.nodes[at].block = order[0]
	default:
		l.nodes[at].block = inner
		// Sizes fall and are powers of two, so that the first blocks fill a half exactly, or are all.
		first, room := 0, 1<<(l.Vars-depth-1)
		for first < len(order) && room > 0 {
			room -= 1 << l.Blocks[order[first]]
			first++
		}
		zero := l.grow(depth+1, order[:first])
		one := l.grow(depth+1, order[first:])
		l.nodes[at].zero, l.nodes[at].one = zero, one
	}
	return at
}

// weigh is eq(the last coordinates of u, index) for each node of depth len(u) or less, where index is the node's in its
// layer: bit d of it says which way the path to the node takes at depth d, and belongs to coordinate len(u)-1-d.
func (l *Layout) weigh(u []field.E) []field.E {
	w := make([]field.E, len(l.nodes))
	w[0] = field.One()
	for i, n := range l.nodes {
		if n.block != inner || n.depth == len(u) || w[i] == field.Zero() {
			continue
		}
		w[n.one] = field.Mul(w[i], u[len(u)-1-n.depth])
		w[n.zero] = field.Sub(w[i], w[n.one])
	}
	return w
}

// Check compares what is claimed of the leaves with the values of the blocks: block b's numerator and denominator at the
// first Blocks[b] coordinates of the point.
func (l *Layout) Check(c Claim, values []Fraction) error {
	if len(values) != len(l.Blocks) || len(c.Point) != l.Vars {
		return fmt.Errorf("%w: %d values of %d blocks", ErrLeaves, len(values), len(l.Blocks))
	}
	weights := l.weigh(c.Point)
	p, q := c.P, c.Q
	for i, n := range l.nodes {
		switch n.block {
		case inner:
		case padding:
			q = field.Sub(q, weights[i])
		default:
			p = field.Sub(p, field.Mul(weights[i], values[n.block].P))
			q = field.Sub(q, field.Mul(weights[i], values[n.block].Q))
		}
	}
	if p != field.Zero() || q != field.Zero() {
		return ErrLeaves
	}
	return nil
}
