package claim_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/zk/circuit"
	"ayni.example/zk/claim"
	"ayni.example/zk/field"
)

// product is the sum of A times B over all indices, each taken from the entries at that index.
func (x *executed) product(q *claim.Product) (s field.E) {
	for k := range 1 << q.Vars {
		index := make([]field.E, q.Vars)
		for i := range index {
			index[i] = field.Int(int64(k >> (q.Vars - 1 - i) & 1))
		}
		entries := q.Entries(index)
		var b field.E
		for _, e := range entries[1:] {
			b = field.Add(b, x.sum(e.Tensor, e.Functional))
		}
		s = field.Add(s, field.Mul(x.sum(entries[0].Tensor, entries[0].Functional), b))
	}
	return s
}

// TestLines holds every line of an honest execution to its definition, at random points, and sees that it fails for any value that
// is another.
func TestLines(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for name, model := range models() {
		x := execute(t, seed, model)
		g := x.point(claim.Points(x.Plan))
		var products claim.Products
		for i, op := range x.Circuit.Operations {
			var line claim.Line
			switch {
			case op.Linear != nil:
				line = claim.Linear(x.Plan, i, g, &products)
			case op.Forest != nil:
				line = claim.Forest(x.Plan, i, g)
			default:
				continue
			}
			left := line.Constant
			for _, e := range line.Entries {
				var value field.E
				if e.Product == claim.NoProduct {
					value = x.sum(e.Tensor, e.Functional)
				} else {
					value = x.product(&products.List[e.Product])
				}
				if e.Weight == (field.E{}) {
					t.Errorf("%s, operation %d: a value of tensor %d counts for nothing", name, i, e.Tensor)
				}
				left = field.Add(left, field.Mul(e.Weight, value))
			}
			right := field.E{}
			if line.Output >= 0 {
				right = x.sum(line.Output, line.Functional)
			}
			if left != right {
				t.Errorf("%s, operation %d: the line does not hold", name, i)
			}
		}
		if products.Vars() == 0 && name != "forest" {
			t.Errorf("%s has no products", name)
		}
	}
}

// TestPointsOfEntries: where an entry names a point, its functional is eq of it, which is what the opening of the weights relies on.
func TestPointsOfEntries(t *testing.T) {
	for name, model := range models() {
		x := execute(t, 7, model)
		var entries []claim.Entry
		var products claim.Products
		g := x.point(claim.Points(x.Plan))
		for i, op := range x.Circuit.Operations {
			if op.Linear != nil {
				entries = append(entries, claim.Linear(x.Plan, i, g, &products).Entries...)
			}
			if op.MaxPool != nil {
				entries = append(entries, claim.Pool(x.Plan, i, x.point(x.Tensors[op.MaxPool.Output].Log()))...)
			}
			if op.Forest != nil {
				entries = append(entries, claim.Bits(x.Plan, i, x.point(x.Tensors[x.Steps[i].Leaf].Log()))...)
			}
		}
		for j := range products.List {
			entries = append(entries, products.List[j].Entries(x.point(products.List[j].Vars))...)
		}
		for _, group := range claim.Leaves(x.Plan, x.point(x.LeafBits)) {
			entries = append(entries, group.Entries...)
		}
		for _, e := range entries {
			if e.Product != claim.NoProduct {
				continue
			}
			if x.Tensors[e.Tensor].Kind == circuit.Weight && e.Point == nil {
				t.Fatalf("%s: a claim on weights %d has no point", name, e.Tensor)
			}
			if e.Point != nil && x.sum(e.Tensor, e.Functional) != x.sum(e.Tensor, claim.Eq(&x.Tensors[e.Tensor], e.Point)) {
				t.Errorf("%s: a claim on tensor %d is not its polynomial at the point", name, e.Tensor)
			}
		}
	}
}

// TestBlocks: the blocks hold each weight tensor once, and the weights of the rows are those by which a claim is one of columns.
func TestBlocks(t *testing.T) {
	for name, model := range models() {
		x := execute(t, 8, model)
		for columns := 2; columns <= x.Weights.Bits+1; columns++ {
			blocks := claim.Blocks(x.Plan, columns)
			var held []int
			next := 0
			for _, b := range blocks {
				if b.Row != next {
					t.Fatalf("%s, 2^%d columns: block at row %d, want %d", name, columns, b.Row, next)
				}
				next += 1 << b.Bits
				held = append(held, b.Tensors...)
			}
			if !slices.Equal(held, x.Weights.Order) || 1<<claim.BlockBits(blocks) < len(blocks) {
				t.Fatalf("%s, 2^%d columns: blocks of %v, the stack is %v", name, columns, held, x.Weights.Order)
			}
			x.folded(t, name, columns, blocks)
		}
	}
}

// folded computes a batch of claims on all weights in both ways: tensor by tensor, and from the matrix whose rows are combined.
func (x *executed) folded(t *testing.T, name string, columns int, blocks []claim.Block) {
	t.Helper()
	tall := map[int][]field.E{} // rows of a block are combined by one point
	var claims []claim.Entry
	for _, b := range blocks {
		for _, id := range b.Tensors {
			point := x.point(x.Tensors[id].Log())
			if tall[b.Row] == nil {
				tall[b.Row] = point[:b.Bits]
			}
			copy(point, tall[b.Row])
			claims = append(claims, claim.Entry{Tensor: id, Point: point, Functional: claim.Eq(&x.Tensors[id], point)})
		}
	}
	d := x.point(1)[0]
	list, points := claim.Columns(x.Plan, columns, blocks, claims, d)
	values := make([]field.E, len(claims))
	for i, e := range claims {
		values[i] = x.sum(e.Tensor, e.Functional)
	}
	var got field.E
	for _, c := range list {
		b := blocks[c.Block]
		rows := field.Eq(points[c.Block]).Unpack(1 << b.Bits)
		eq := field.Eq(c.Point).Unpack(1 << len(c.Point))
		for i, row := range rows {
			for j, w := range eq {
				got = field.Add(got, field.Mul(field.Mul(field.Mul(c.Weight, row), w), x.weight((b.Row+i)<<columns+c.Offset+j)))
			}
		}
	}
	if got != claim.Batch(d, values) {
		t.Errorf("%s, 2^%d columns: the batch of the claims is not that of the columns", name, columns)
	}
	r := x.point(claim.BlockBits(blocks))
	all := claim.RowWeights(blocks, points, r, blocks[len(blocks)-1].Row+1<<blocks[len(blocks)-1].Bits)
	var total, want field.E
	for _, w := range all {
		total = field.Add(total, w)
	}
	for b := range blocks { // eq sums to one over each block's rows
		want = field.Add(want, field.Eq(r).Unpack(1 << len(r))[b])
	}
	if total != want {
		t.Errorf("%s, 2^%d columns: the weights of all rows sum to another value", name, columns)
	}
}

// weight is a value of the stack of weights.
func (x *executed) weight(at int) field.E {
	for _, id := range x.Weights.Order {
		if place := &x.Tensors[id]; at >= place.Offset && at < place.Offset+place.Size() {
			return x.tensors[id][at-place.Offset]
		}
	}
	return field.E{}
}

// TestInside: the polynomial of a part of a vector, times the weight of the part, is that of the whole where all else is zero.
func TestInside(t *testing.T) {
	x := &executed{random: rand.New(rand.NewPCG(9, 9))}
	point, part := x.point(5), x.point(4)
	for offset := 0; offset < 32; offset += 4 {
		whole := field.E{}
		eq := field.Eq(point).Unpack(32)
		for i, v := range part {
			whole = field.Add(whole, field.Mul(eq[offset+i], v))
		}
		own := field.E{}
		for i, e := range field.Eq(point[3:]).Unpack(4) {
			own = field.Add(own, field.Mul(e, part[i]))
		}
		if field.Mul(claim.Inside(point, offset, 2), own) != whole {
			t.Errorf("offset %d", offset)
		}
	}
	if got := claim.Batch(point[0], nil); got != (field.E{}) {
		t.Errorf("a batch of nothing is %v", got)
	}
}
