package naive

// Section 6, the leaves: what the prover sends of the committed columns, and what the blocks are with them.

type fraction struct{ numerator, denominator ext }

func (v *verifier) leavesLength() int {
	n := 0
	for _, s := range v.steps {
		switch {
		case s.hi != nil:
			n += 3
		case s.MaxPool != nil:
			n += 1 + s.MaxPool.Window[0]*s.MaxPool.Window[1]*len(s.MaxPool.Reading)
		case s.Forest != nil:
			n += 4*len(s.levels) + 1 + 3 // and the weights of its tables
		}
	}
	return n + len(v.tables)
}

// denominator is gamma - key.
func (v *verifier) denominator(tag int, row ...ext) ext {
	key, factor := integer(int64(tag)), integer(1)
	for _, x := range row {
		factor = mul(factor, v.beta)
		key = add(key, mul(factor, x))
	}
	return sub(v.gamma, key)
}

// leafBlocks are the blocks at the point, in their order.
func (v *verifier) leafBlocks(x []ext) []fraction {
	var list []fraction
	lookup := func(tag int, row ...ext) { list = append(list, fraction{integer(1), v.denominator(tag, row...)}) }
	for _, s := range v.steps {
		switch {
		case s.hi != nil:
			point := x[:s.hi.log()]
			hi, lo, y := v.column(s.hi, point), v.column(s.lo, point), v.column(v.tensors[s.Linear.Output], point)
			lookup(64+s.Linear.Table, hi, y)
			lookup(int(v.c.Shift), lo)
		case s.MaxPool != nil:
			y := v.tensors[s.MaxPool.Output]
			point := x[:y.log()]
			top := v.column(y, point)
			for _, value := range v.windowValues(s.MaxPool, point, &v.leaves) {
				lookup(8, sub(top, value))
			}
		case s.Forest != nil:
			v.forestBlocks(s, x[:s.leaf.log()], lookup)
		}
	}
	for _, t := range v.tables {
		point := x[:t.multiplicity.log()]
		multiplicity := v.column(t.multiplicity, point)
		var row []ext
		for _, f := range []func(*verifier, []ext) ext{t.a, t.b, t.c} {
			if f != nil {
				row = append(row, f(v, point))
			}
		}
		list = append(list, fraction{sub(ext{}, multiplicity), v.denominator(t.tag, row...)})
	}
	return list
}

// column takes the next value, a claim on t.
func (v *verifier) column(t *tensor, point []ext) ext {
	value := v.leaves.next()
	v.claimEq(t, point, value)
	return value
}

func (v *verifier) forestBlocks(s step, point []ext, lookup func(tag int, row ...ext)) {
	f, tag := s.Forest, 1024+4*s.number
	instance, tree := index(v, split(point, s.leaf.bits)[0]), index(v, split(point, s.leaf.bits)[1])
	path := ext{} // the bits above, most significant first
	first := mul(integer(1<<f.Depth), tree)
	for d, level := range s.levels {
		bit, feature := v.column(level[0], point), v.column(level[1], point)
		threshold, value := v.column(level[2], point), v.column(level[3], point)
		lookup(tag, add(first, add(integer(1<<d), path)), feature, threshold)
		lookup(tag+2, instance, feature, value)
		under := mul(integer(1<<f.Bits), sub(integer(1), bit))
		lookup(f.Bits, add(sub(value, threshold), under))
		path = add(add(path, path), bit)
	}
	lookup(tag+1, add(first, path), v.column(s.leaf, point))
}
