package commit

import (
	"errors"
	"fmt"

	"ayni.example/zk/field"
	"ayni.example/zk/sumcheck"
	"ayni.example/zk/transcript"
)

// ErrSum is said where the last vector does not have the sums that were claimed on the way to it.
var ErrSum = errors.New("the last vector does not have the sum that is claimed")

// verification is what a verifier carries from level to level.
type verification struct {
	*transcript.Reader
	parameters Parameters
	layout     layout
	claim      field.E      // of the sum of functional times vector
	functional []functional // of the vectors so far
	point      []field.E    // variables that are bound
}

// matrix is one whose columns are opened.
type matrix struct {
	name      string
	root      [32]byte
	rows      []field.E // weights
	kept      int       // bytes of a hash
	extension bool      // elements of a column are of the extension
	log       uint32    // log2 of the columns
	queries   uint32
	parts     []part // of the vector that it is folded to
}

// part is where the coefficients of a matrix' folded row from the given one on lie.
type part struct {
	piece
	from uint32
}

// Verify checks the proof of both statements. All that it does is bounded by the parameters and the rows of the statements.
func Verify(r *transcript.Reader, p Parameters, weights, witness Claim) error {
	if err := p.Validate(); err != nil {
		return err
	}
	claims := []Claim{weights, witness}
	for k, code := range []Code{p.Weights, p.Witness} {
		c := claims[k]
		if len(c.Rows) < 1 || len(c.Rows) > maxRows || len(c.Point) != int(code.Columns) {
			return fmt.Errorf("%w: %d rows, a point of %d coordinates", ErrShape, len(c.Rows), len(c.Point))
		}
	}
	v := &verification{Reader: r, parameters: p, layout: newLayout(p)}
	matrices, err := v.start(claims)
	if err != nil {
		return err
	}
	left := v.layout.log
	for stage, level := range p.Levels {
		next := matrix{name: fmt.Sprintf("level %d", stage), kept: p.Kept(), extension: true, queries: level.Queries}
		if next.root, err = r.ReceiveRoot("level"); err != nil {
			return err
		}
		if err := v.columns(matrices, claims, stage); err != nil {
			return err
		}
		point, err := v.rounds(level.Rows, level.Rows)
		if err != nil {
			return err
		}
		left -= level.Rows
		next.log, next.parts = left+log2(level.InverseRate), []part{{piece: piece{log: left}}}
		next.rows = eqList(point)
		if stage == 0 {
			next.rows = next.rows[:(v.layout.used+1<<left-1)>>left]
		}
		matrices = []matrix{next}
	}
	return v.finish(matrices, claims, left)
}

// start reads the values of the masks and says what the two matrices are.
func (v *verification) start(claims []Claim) ([]matrix, error) {
	names := []string{"weights", "witness"}
	list := make([]matrix, len(claims))
	for k, code := range []Code{v.parameters.Weights, v.parameters.Witness} {
		m := matrix{name: names[k], kept: v.parameters.Kept(), root: claims[k].Root, rows: claims[k].Rows, log: code.logLength(), queries: code.Queries}
		for _, p := range v.layout.pieces {
			switch {
			case p.matrix == k && p.tail:
				m.parts = append(m.parts, part{piece: p, from: 1 << code.Columns})
			case p.matrix == k:
				m.parts = append(m.parts, part{piece: p})
			}
		}
		if code.Tail > 0 {
			value, err := v.Receive("mask", 1)
			if err != nil {
				return nil, err
			}
			x, err := v.Draw(transcript.Folds, 1)
			if err != nil {
				return nil, err
			}
			claims[k].Value = field.Add(field.Mul(x[0], claims[k].Value), value[0])
			m.rows = masked(m.rows, x[0])
		}
		list[k] = m
	}
	return list, nil
}

// masked is the weights of the rows of a matrix and of its mask: x o, then 1, v, v^2, v^3.
func masked(rows []field.E, x field.E) []field.E {
	list := make([]field.E, len(rows), len(rows)+maskRows)
	for i, o := range rows {
		list[i] = field.Mul(x, o)
	}
	for k := range maskRows {
		var power field.E
		power[k].SetOne()
		list = append(list, power)
	}
	return list
}

// columns reads the columns that are drawn and adds what they claim.
func (v *verification) columns(matrices []matrix, claims []Claim, stage int) error {
	drawn, values := make([][]int, len(matrices)), make([][]field.E, len(matrices))
	for k, m := range matrices {
		var err error
		if drawn[k], err = v.Indices(int(m.queries), uint(m.log)); err != nil {
			return err
		}
		if values[k], err = m.read(v.Reader, drawn[k]); err != nil {
			return fmt.Errorf("columns of %s: %w", m.name, err)
		}
	}
	b, err := v.Challenge()
	if err != nil {
		return err
	}
	coefficient := field.One()
	if stage == 0 {
		v.claim = field.E{}
		for k, c := range claims {
			at := functional{first: 0, piece: v.data(k), point: c.Point, scale: coefficient}
			v.functional = append(v.functional, at)
			v.claim = field.Add(v.claim, field.Mul(coefficient, c.Value))
			coefficient = field.Mul(coefficient, b)
		}
	} else {
		coefficient = b
	}
	for k, m := range matrices {
		powers, root := make([]power, len(drawn[k])), generator(m.log)
		for i, j := range drawn[k] {
			powers[i] = power{x: powerOf(root, uint32(j)), scale: coefficient}
			v.claim = field.Add(v.claim, field.Mul(coefficient, values[k][i]))
			coefficient = field.Mul(coefficient, b)
		}
		for _, p := range m.parts {
			v.functional = append(v.functional, functional{first: len(v.point), piece: p.piece, powers: powers, from: p.from})
		}
	}
	return nil
}

// data is where the folded data of a matrix lie.
func (v *verification) data(matrix int) piece {
	for _, p := range v.layout.pieces {
		if p.matrix == matrix && !p.tail {
			return p
		}
	}
	panic("commit: a layout has the data of both matrices")
}

// rounds binds n variables, of which the first fold a level.
func (v *verification) rounds(n, folds uint32) ([]field.E, error) {
	point, claim, err := sumcheck.VerifyProducts(v.Folding(int(folds)), int(n), v.claim)
	v.claim, v.point = claim, append(v.point, point...)
	return point, err
}

// finish reads the last vector and checks its sum.
func (v *verification) finish(matrices []matrix, claims []Claim, left uint32) error {
	last, err := v.Receive("last", 1<<left)
	if err != nil {
		return err
	}
	if err := v.columns(matrices, claims, len(v.parameters.Levels)); err != nil {
		return err
	}
	point, err := v.rounds(left, 0)
	if err != nil {
		return err
	}
	for _, x := range point { // binds the first variable of what is left
		h := len(last) / 2
		for i := range h {
			last[i] = field.Add(last[i], field.Mul(x, field.Sub(last[h+i], last[i])))
		}
		last = last[:h]
	}
	var at field.E
	for _, f := range v.functional {
		at = field.Add(at, f.at(v.point))
	}
	if field.Mul(last[0], at) != v.claim {
		return ErrSum
	}
	return nil
}
