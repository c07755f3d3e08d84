package claim

import (
	"slices"

	"ayni.example/zk/circuit"
	"ayni.example/zk/field"
)

// Values is those of entries, in order.
func Values(entries []Entry) []field.E {
	list := make([]field.E, len(entries))
	for i := range entries {
		list[i] = entries[i].Value
	}
	return list
}

// Batch is the sum of values[i] weight^i.
func Batch(weight field.E, values []field.E) (sum field.E) {
	for _, value := range slices.Backward(values) {
		sum = field.Add(field.Mul(sum, weight), value)
	}
	return sum
}

// Used is how many values a stack has up to the end of its last tensor: the matrix has the rows that hold them.
func Used(p *circuit.Plan, s *circuit.Stack) int {
	if len(s.Order) == 0 {
		return 0
	}
	last := &p.Tensors[s.Order[len(s.Order)-1]]
	return last.Offset + last.Size()
}

// Inside is eq of the bits above n of an offset with the coordinates of a point that are not its last n: the weight of a
// part of 2^n values of a vector at the point.
func Inside(point []field.E, offset, n int) field.E {
	weight := field.One()
	for k := range len(point) - n {
		factor := point[k]
		if offset>>(len(point)-1-k)&1 == 0 {
			factor = field.Sub(field.One(), point[k])
		}
		weight = field.Mul(weight, factor)
	}
	return weight
}

// Block is rows of the weights' matrix that are combined (section 7): those of one tensor, or one row of smaller tensors.
type Block struct {
	Row     int // its first
	Bits    int // log2 of their number
	Tensors []int
}

// Blocks cuts the stack of weights into rows of 2^columns values.
func Blocks(p *circuit.Plan, columns int) []Block {
	var blocks []Block
	for _, tensor := range p.Weights.Order {
		place := &p.Tensors[tensor]
		row := place.Offset >> columns
		if n := len(blocks); n > 0 && blocks[n-1].Row == row {
			blocks[n-1].Tensors = append(blocks[n-1].Tensors, tensor)
			continue
		}
		blocks = append(blocks, Block{Row: row, Bits: max(place.Log(), columns) - columns, Tensors: []int{tensor}})
	}
	if len(blocks) == 0 {
		blocks = append(blocks, Block{})
	}
	return blocks
}

// BlockBits is log2 of the number of blocks, padded.
func BlockBits(blocks []Block) int { return logUp(len(blocks)) }

// Column is a claim on the weights without its row part: eq(Point) at the offset in the columns of the block, times Weight.
type Column struct {
	Block  int
	Offset int
	Point  []field.E
	Weight field.E
}

// Columns are the claims, in order, weighted by the powers of d, and the point that the rows of each block are combined by.
func Columns(p *circuit.Plan, columns int, blocks []Block, claims []Entry, d field.E) (list []Column, rows [][]field.E) {
	of := map[int]int{}
	for b := range blocks {
		for _, tensor := range blocks[b].Tensors {
			of[tensor] = b
		}
	}
	rows = make([][]field.E, len(blocks))
	weight := field.One()
	for i := range claims {
		tensor, b := claims[i].Tensor, of[claims[i].Tensor]
		n := blocks[b].Bits
		offset := p.Tensors[tensor].Offset & (1<<columns - 1)
		list = append(list, Column{Block: b, Offset: offset, Point: claims[i].Point[n:], Weight: weight})
		rows[b] = claims[i].Point[:n]
		weight = field.Mul(weight, d)
	}
	return list, rows
}

// RowWeights are the weights of all rows of the matrix: eq(r, b) eq(rows[b], i) in row i of block b.
func RowWeights(blocks []Block, rows [][]field.E, r []field.E, count int) []field.E {
	weights := make([]field.E, count)
	outer := field.Eq(r)
	for b := range blocks {
		inner := field.Eq(rows[b])
		for i := range 1 << blocks[b].Bits {
			weights[blocks[b].Row+i] = field.Mul(outer.At(b), inner.At(i))
		}
	}
	return weights
}
