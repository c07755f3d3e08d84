package prover

import (
	"ayni.example/zk/claim"
	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/poly"
	"ayni.example/zk/sumcheck"
)

// reduceWitness proves all claims on the witness by one value of its stack.
func (r *run) reduceWitness() commit.Opening {
	columns := int(r.parameters.Witness.Columns)
	d := r.proof.Challenge()
	functional, weight := r.memory.zeros(len(r.witness)/field.Lanes), field.One()
	for _, c := range r.claims {
		c.Functional.AddTo(functional, r.plan.Tensors[c.Tensor].Offset, weight)
		weight = field.Mul(weight, d)
	}
	n := log2(len(r.witness))
	point, values := sumcheck.ProveProducts(r.proof.Folding(n-columns), d, []sumcheck.Product{{Vars: n, A: functional, Base: r.witness}})
	y := values[0][1]
	r.proof.Send("stack", y)
	rows := field.Eq(point[:n-columns]).Unpack(r.parameters.Witness.Rows(r.used))
	return commit.Opening{
		Statement: commit.Statement{Rows: rows, Point: point[n-columns:], Value: y},
		Fold:      commit.Fold(r.witness[:max(1, r.used)], rows, 1<<columns),
	}
}

// reduceWeights proves all claims on the weights by one value of the matrix whose rows are the blocks, combined.
func (r *run) reduceWeights() commit.Opening {
	columns := int(r.parameters.Weights.Columns)
	outer := claim.BlockBits(r.blocks)
	d := r.proof.Challenge()
	list, rows := claim.Columns(r.plan, columns, r.blocks, r.weights, d)

	width := 1 << columns / field.Lanes
	memory := r.memory.zeros(2 * width << outer)
	u, functional := memory[:width<<outer], memory[width<<outer:]
	combined := make([]field.Vec, len(r.blocks))
	for b := range r.blocks {
		combined[b] = r.combined(&r.blocks[b], rows[b])
		copy(u[b*width:], combined[b])
	}
	for _, c := range list {
		poly.Functional{poly.Eq(c.Point)}.AddTo(functional, c.Block<<columns+c.Offset, c.Weight)
	}
	point, values := sumcheck.ProveProducts(r.proof.Folding(outer), d, []sumcheck.Product{{Vars: outer + columns, A: functional, B: u}})
	y := values[0][1]
	r.proof.Send("weights", y)
	row := make(field.Vec, width)
	for b, weight := range eqList(point[:outer])[:len(combined)] {
		field.AccVec(row, combined[b], weight)
	}
	count := r.parameters.Weights.Rows(claim.Used(r.plan, &r.plan.Weights))
	return commit.Opening{
		Statement: commit.Statement{Rows: claim.RowWeights(r.blocks, rows, point[:outer], count), Point: point[outer:], Value: y},
		Fold:      row,
	}
}

// combined is the rows of a block, combined by eq of the point.
func (r *run) combined(b *claim.Block, point []field.E) field.Vec {
	if len(b.Tensors) == 1 {
		tensor := b.Tensors[0]
		if rows := r.rows[tensor]; rows != nil {
			return rows
		}
		if w := r.tensors[tensor]; w.rows > 0 {
			return w.block(point)
		}
	}
	dst := field.NewVec(1 << r.parameters.Weights.Columns)
	mask := 1<<r.parameters.Weights.Columns - 1
	for _, tensor := range b.Tensors {
		from := r.plan.Tensors[tensor].Offset & mask
		for i, x := range r.tensors[tensor].values {
			dst.Set(from+i, field.Base(x))
		}
	}
	return dst
}

func log2(n int) int {
	k := 0
	for 1<<k < n {
		k++
	}
	return k
}
