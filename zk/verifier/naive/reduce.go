package naive

// Section 7: the claims become one on the witness and one on the weights.

// statement is what section 8 opens: row weights, column point, value.
type statement struct {
	rows  []ext
	point []ext
	value ext
}

// claimed is the sum of the claims' values weighted by powers of d.
func claimed(claims []claim, d ext) ext {
	var sum ext
	factor := integer(1)
	for _, c := range claims {
		sum = add(sum, mul(factor, c.value))
		factor = mul(factor, d)
	}
	return sum
}

func (v *verifier) reduceWitness() statement {
	s := &v.witness
	d := v.challenge(rounds)
	r, left := v.productRounds(s.log-v.p.witness.columns, s.log, claimed(s.claims, d))
	y := v.message("stack", 1)[0]
	phi := make(vector, 1<<s.log)
	factor := integer(1)
	for _, c := range s.claims {
		addTo(phi, c.tensor.offset, factor, dense(c.functional))
		factor = mul(factor, d)
	}
	v.check(left == mul(y, at(phi, r)), "7: the witness does not have the claimed values")
	rows := s.log - v.p.witness.columns
	return statement{rows: eq(r[:rows])[:s.rows], point: r[rows:], value: y}
}

// rowBlock is rows that are combined: those of one tensor, or one row of small tensors.
type rowBlock struct {
	first, log int
	point      []ext
}

// rowBlocks are the blocks in order, and for each tensor the number of its block.
func (v *verifier) rowBlocks() ([]rowBlock, map[*tensor]int) {
	columns := v.p.weights.columns
	var list []rowBlock
	of := map[*tensor]int{}
	for _, t := range v.weights.order {
		row := t.offset >> columns
		if t.log() >= columns || t.offset == row<<columns {
			list = append(list, rowBlock{first: row, log: max(0, t.log()-columns)})
		}
		of[t] = len(list) - 1
	}
	if len(list) == 0 {
		list = append(list, rowBlock{})
	}
	for _, c := range v.weights.claims {
		b := &list[of[c.tensor]]
		b.point = c.point[:b.log]
	}
	return list, of
}

func (v *verifier) reduceWeights() statement {
	s, columns := &v.weights, v.p.weights.columns
	d := v.challenge(rounds)
	blocks, of := v.rowBlocks()
	n := log2(len(blocks))
	r, left := v.productRounds(n, n+columns, claimed(s.claims, d))
	y := v.message("weights", 1)[0]
	psi := make(vector, 1<<(n+columns))
	factor := integer(1)
	for _, c := range s.claims {
		b := of[c.tensor]
		addTo(psi, b<<columns+c.tensor.offset&(1<<columns-1), factor, eq(c.point[blocks[b].log:]))
		factor = mul(factor, d)
	}
	v.check(left == mul(y, at(psi, r)), "7: the weights do not have the claimed values")
	rows := make([]ext, s.rows)
	outer := eq(r[:n])
	for b, block := range blocks {
		for i, x := range eq(block.point) {
			rows[block.first+i] = mul(outer[b], x)
		}
	}
	return statement{rows: rows, point: r[n:], value: y}
}
