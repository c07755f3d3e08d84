package commit

import (
	"fmt"

	"ayni.example/zk/field"
	"ayni.example/zk/sumcheck"
	"ayni.example/zk/transcript"
)

// Opening is a statement that its prover can open. Fold is the sum of the data's rows, as Fold computes it.
type Opening struct {
	*Commitment
	Statement
	Fold field.Vec
}

// source is a matrix whose columns are claims on the folded vector.
type source struct {
	*table
	queries uint32
	data    int // where its folded row starts in the vector
	tail    int // where the folded tails start, if there are some
	tails   int // length of them
}

// Open appends the proof of both statements.
func (s *Scheme) Open(w *transcript.Writer, weights, witness Opening) error {
	openings := []Opening{weights, witness}
	for k, code := range []Code{s.parameters.Weights, s.parameters.Witness} {
		if o := openings[k]; o.shape != code || len(o.Rows) != o.data || len(o.Point) != int(code.Columns) {
			return fmt.Errorf("%w: %d rows, a point of %d coordinates", ErrShape, len(o.Rows), len(o.Point))
		}
		if len(openings[k].Fold) != 1<<code.Columns/field.Lanes {
			return fmt.Errorf("%w: a fold of %d blocks", ErrShape, len(openings[k].Fold))
		}
	}
	v := field.NewVec(1 << s.layout.log)
	sources := s.fold(w, v, openings)

	var functional field.Vec
	left := int(s.layout.log)
	for stage := 0; ; stage++ {
		var next source
		last := stage == len(s.parameters.Levels)
		if last {
			w.SendVec("last", v, len(v)*field.Lanes)
		} else {
			next = s.level(v, stage)
			w.SendRoot("level", next.root())
		}
		drawn := make([][]int, len(sources))
		for k, from := range sources {
			drawn[k] = w.Indices(int(from.queries), uint(log2(uint32(from.code.Size()))))
			from.open(w, distinct(drawn[k]))
		}
		b := w.Challenge()
		coefficient := b // of the claim after the one that is left
		if stage == 0 {
			functional, coefficient = s.statements(openings, b)
		}
		for k, from := range sources {
			coefficient = from.claim(functional, drawn[k], b, coefficient)
		}
		if last {
			sumcheck.ProveRounds(w, v, functional, left, left)
			return nil
		}
		rows := int(s.parameters.Levels[stage].Rows)
		_, v, functional = sumcheck.ProveRounds(w.Folding(rows), v, functional, left, rows)
		left -= rows
		sources = []source{next}
	}
}

// fold fills the first vector with the sums of the rows of both matrices, those that hide under their masks.
func (s *Scheme) fold(w *transcript.Writer, v field.Vec, openings []Opening) []source {
	sources := make([]source, len(openings))
	for k, o := range openings {
		sources[k] = source{table: o.table, queries: o.shape.Queries, tails: int(o.shape.Tail)}
	}
	for _, p := range s.layout.pieces {
		if p.tail {
			sources[p.matrix].tail = p.offset
		} else {
			sources[p.matrix].data = p.offset
		}
	}
	for k, o := range openings {
		data := v[sources[k].data/field.Lanes:][:len(o.Fold)]
		if o.shape.Tail == 0 {
			copy(data, o.Fold)
			continue
		}
		w.Send("mask", field.Dot(o.mask[:len(data)], field.Eq(o.Point)))
		x := w.Draw(transcript.Folds, 1)[0]
		field.ScaleVec(data, o.Fold, x)
		field.AddVec(data, data, o.mask)
		tail := v[sources[k].tail/field.Lanes:][:o.shape.Tail/field.Lanes]
		field.ScaleVec(tail, Fold(o.tails, o.Rows, int(o.shape.Tail)), x)
		field.AddVec(tail, tail, o.mask[len(data):])
	}
	return sources
}

// statements is the functional of the statements themselves, and the coefficient of the claim that follows.
func (s *Scheme) statements(openings []Opening, b field.E) (field.Vec, field.E) {
	functional, coefficient := field.NewVec(1<<s.layout.log), field.One()
	for k, o := range openings {
		for _, p := range s.layout.pieces {
			if p.matrix == k && !p.tail {
				field.ScaleVec(functional[p.offset/field.Lanes:][:len(o.Fold)], field.Eq(o.Point), coefficient)
			}
		}
		coefficient = field.Mul(coefficient, b)
	}
	return functional, coefficient
}

// level commits to v as a matrix. Rows that lie wholly in the padding of the first vector are left out.
func (s *Scheme) level(v field.Vec, stage int) source {
	code, rows := s.levels[stage], 1<<s.parameters.Levels[stage].Rows
	columns := code.Message()
	if stage == 0 {
		rows = (s.layout.used + columns - 1) / columns
	}
	blocks := columns / field.Lanes
	t := newTable(code, s.parameters.Kept(), maskRows*rows, func(i int, message []field.Element) {
		copyPlane(message, v[i/maskRows*blocks:][:blocks], i%maskRows)
	})
	return source{table: t, queries: s.parameters.Levels[stage].Queries}
}

// claim adds the functionals of the drawn columns, weighted by the powers of b from the given one on.
func (from source) claim(functional field.Vec, drawn []int, b, coefficient field.E) field.E {
	weights := make([]field.E, len(drawn))
	for i := range weights {
		weights[i] = coefficient
		coefficient = field.Mul(coefficient, b)
	}
	powers := from.code.Transpose(drawn, weights)
	if from.tails == 0 {
		part := functional[from.data/field.Lanes:][:len(powers)]
		field.AddVec(part, part, powers)
		return coefficient
	}
	columns := len(powers) / 2 // a message is twice as long as the data, and begins with the tail behind it
	data := functional[from.data/field.Lanes:][:columns]
	field.AddVec(data, data, powers)
	tail := functional[from.tail/field.Lanes:][:from.tails/field.Lanes]
	field.AddVec(tail, tail, powers[columns:])
	return coefficient
}
