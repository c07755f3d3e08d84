package verifier

import (
	"ayni.example/zk/claim"
	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/sumcheck"
)

// reduceWitness makes one value of the witness' stack of all that was claimed of it.
func (v *verification) reduceWitness() (commit.Statement, error) {
	columns := int(v.Parameters.Witness.Columns)
	n := max(v.plan.Witness.Bits, columns)
	d, err := v.proof.Challenge()
	if err != nil {
		return commit.Statement{}, refuse(ErrWitness, err)
	}
	point, rest, err := sumcheck.VerifyProducts(v.proof.Folding(n-columns), n, claim.Batch(d, claim.Values(v.witness)))
	if err != nil {
		return commit.Statement{}, refuse(ErrWitness, err)
	}
	y, err := v.proof.Receive("stack", 1)
	if err != nil {
		return commit.Statement{}, refuse(ErrWitness, err)
	}
	terms := make([]field.E, len(v.witness))
	for i, c := range v.witness {
		place := &v.plan.Tensors[c.Tensor]
		size := place.Log()
		terms[i] = field.Mul(claim.Inside(point, place.Offset, size), c.Functional.At(point[n-size:]))
	}
	if field.Mul(y[0], claim.Batch(d, terms)) != rest {
		return commit.Statement{}, refuse(ErrWitness, errValue)
	}
	rows := field.Eq(point[:n-columns]).Unpack(v.Parameters.Witness.Rows(claim.Used(v.plan, &v.plan.Witness)))
	return commit.Statement{Rows: rows, Point: point[n-columns:], Value: y[0]}, nil
}

// reduceWeights makes one value of the weights' matrix of all that was claimed of them: there, blocks of rows are combined first.
func (v *verification) reduceWeights() (commit.Statement, error) {
	columns := int(v.Parameters.Weights.Columns)
	blocks := claim.Blocks(v.plan, columns)
	outer := claim.BlockBits(blocks)
	d, err := v.proof.Challenge()
	if err != nil {
		return commit.Statement{}, refuse(ErrWeights, err)
	}
	point, rest, err := sumcheck.VerifyProducts(v.proof.Folding(outer), outer+columns, claim.Batch(d, claim.Values(v.weights)))
	if err != nil {
		return commit.Statement{}, refuse(ErrWeights, err)
	}
	y, err := v.proof.Receive("weights", 1)
	if err != nil {
		return commit.Statement{}, refuse(ErrWeights, err)
	}
	list, rows := claim.Columns(v.plan, columns, blocks, v.weights, d)
	var sum field.E
	for _, c := range list {
		size := len(c.Point)
		at := field.Mul(claim.Inside(point, c.Block<<columns+c.Offset, size), field.EqAt(c.Point, point[outer+columns-size:]))
		sum = field.Add(sum, field.Mul(c.Weight, at))
	}
	if field.Mul(y[0], sum) != rest {
		return commit.Statement{}, refuse(ErrWeights, errValue)
	}
	count := v.Parameters.Weights.Rows(claim.Used(v.plan, &v.plan.Weights))
	weights := claim.RowWeights(blocks, rows, point[:outer], count)
	return commit.Statement{Rows: weights, Point: point[outer:], Value: y[0]}, nil
}
