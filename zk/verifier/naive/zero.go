package naive

import "ayni.example/zk/circuit"

// Section 6, first half: zero checks of MaxPool and Forest.

func (v *verifier) zeroChecks() {
	for _, s := range v.steps {
		if s.MaxPool != nil {
			v.maxPool(s.MaxPool)
		}
	}
	for _, s := range v.steps {
		if s.Forest != nil {
			v.bits(s)
		}
	}
}

func (v *verifier) maxPool(o *circuit.MaxPool) {
	y := v.tensors[o.Output]
	windows := o.Window[0] * o.Window[1]
	q, left := v.zeroRounds(v.challenges(rounds, y.log()), windows, ext{})
	m := v.message("pool", 1+windows*len(o.Reading))
	top, product := m.next(), integer(1)
	v.claimEq(y, q, top)
	for _, x := range v.windowValues(o, q, &m) {
		product = mul(product, sub(top, x))
	}
	v.check(left == product, "6: a maximum is none of its window")
}

// windowValues takes and claims x_d at q, for each d.
func (v *verifier) windowValues(o *circuit.MaxPool, q []ext, m *values) []ext {
	y := v.tensors[o.Output]
	parts := split(q, y.bits)
	s := v.slides(o.Reading, y, o.Window, o.Stride, [2]int{})
	list := make([]ext, 0, o.Window[0]*o.Window[1])
	for dy := range o.Window[0] {
		for dx := range o.Window[1] {
			f := []vector{trunc(parts[0], y.axes[0]), windowAt(parts[1], dy, s[0]), windowAt(parts[2], dx, s[1])}
			list = append(list, v.reading(o.Reading, f, m))
		}
	}
	return list
}

func (v *verifier) bits(s step) {
	u := v.challenges(rounds, s.leaf.log())
	weight := v.challenge(rounds)
	q, left := v.zeroRounds(u, 2, ext{})
	m := v.message("bits", len(s.levels))
	var sum ext
	factor := integer(1)
	for d, bit := range m {
		v.claimEq(s.levels[d][0], q, bit)
		sum = add(sum, mul(factor, mul(bit, sub(bit, integer(1)))))
		factor = mul(factor, weight)
	}
	v.check(left == sum, "6: a bit of a Forest is not a bit")
}
