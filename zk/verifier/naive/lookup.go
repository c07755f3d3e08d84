package naive

import "slices"

// Section 6, second half: lookups by a tree of fractions.

// lookupTables are the tables that are used, in their order.
func (v *verifier) lookupTables() []table {
	var ranges []int
	for _, s := range v.steps {
		switch {
		case s.hi != nil:
			ranges = append(ranges, int(v.c.Shift))
		case s.MaxPool != nil:
			ranges = append(ranges, 8)
		case s.Forest != nil:
			ranges = append(ranges, s.Forest.Bits)
		}
	}
	slices.Sort(ranges)
	var tables []table
	for _, k := range slices.Compact(ranges) {
		tables = append(tables, table{tag: k, multiplicity: newTensor(1 << k), a: index})
	}
	for t := range v.c.Tables {
		entries := make(vector, 1<<v.c.Tables[t].Bits)
		for i := range entries {
			entries[i] = integer(int64(v.c.Tables[t].Values[i]))
		}
		tables = append(tables, table{
			tag: 64 + t, multiplicity: newTensor(len(entries)), a: index,
			b: func(_ *verifier, x []ext) ext { return at(entries, x) },
		})
	}
	for _, s := range v.steps {
		if s.Forest != nil {
			tables = append(tables, v.forestTables(s)...)
		}
	}
	return tables
}

func (v *verifier) forestTables(s step) []table {
	committed := func(id int) func(*verifier, []ext) ext {
		return func(v *verifier, x []ext) ext {
			value := v.leaves.next()
			v.claimEq(v.tensors[id], x, value)
			return value
		}
	}
	input := v.tensors[s.Forest.Input]
	nodes, inputs := 1<<v.tensors[s.Forest.Leaf].log(), 1<<input.log()
	tag := 1024 + 4*s.number
	return []table{
		{tag: tag, multiplicity: newTensor(nodes), a: index, b: committed(s.Forest.Feature), c: committed(s.Forest.Threshold)},
		{tag: tag + 1, multiplicity: newTensor(nodes), a: index, b: committed(s.Forest.Leaf)},
		{
			tag: tag + 2, multiplicity: newTensor(inputs),
			a: func(v *verifier, x []ext) ext { return index(v, split(x, input.bits)[0]) },
			b: func(v *verifier, x []ext) ext { return index(v, split(x, input.bits)[1]) },
			c: func(_ *verifier, x []ext) ext { return at(input.values, x) },
		},
	}
}

// index is the column 0, 1, 2, ...
func index(_ *verifier, x []ext) ext { return at(count(1<<len(x)), x) }

// block is leaves of the tree: how many, and the number that its place selects.
type block struct{ log, selector int }

// blocks are the leaf blocks in the order of the specification, placed, and log2 of the tree's leaves.
func (v *verifier) blocks() ([]block, int) {
	var list []block
	for _, s := range v.steps {
		n, log := 0, 0
		switch {
		case s.hi != nil:
			n, log = 2, s.hi.log()
		case s.MaxPool != nil:
			n, log = s.MaxPool.Window[0]*s.MaxPool.Window[1], v.tensors[s.MaxPool.Output].log()
		case s.Forest != nil:
			n, log = 3*len(s.levels)+1, s.leaf.log()
		}
		for range n {
			list = append(list, block{log: log})
		}
	}
	for _, t := range v.tables {
		list = append(list, block{log: t.multiplicity.log()})
	}
	room := 0
	for _, b := range list {
		room += 1 << b.log
	}
	n := log2(room)
	order := count0(len(list))
	slices.SortStableFunc(order, func(a, b int) int { return list[b].log - list[a].log })
	offset := 0
	for _, i := range order {
		for d := range n - list[i].log {
			list[i].selector |= offset >> (n - 1 - d) & 1 << d
		}
		offset += 1 << list[i].log
	}
	return list, n
}

func count0(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func (v *verifier) lookups() {
	v.beta, v.gamma = v.challenge(keys), v.challenge(keys)
	blocks, n := v.blocks()
	if len(blocks) == 0 {
		v.message("leaves", 0)
		return
	}
	x, up, down := v.fractions(n)
	v.leaves = v.message("leaves", v.leavesLength())
	leaves := v.leafBlocks(x)
	rest := integer(1)
	var numerator, denominator ext
	for i, b := range blocks {
		weight := eq(x[b.log:])[b.selector]
		numerator = add(numerator, mul(weight, leaves[i].numerator))
		denominator = add(denominator, mul(weight, leaves[i].denominator))
		rest = sub(rest, weight)
	}
	v.check(numerator == up && add(denominator, rest) == down, "6: the leaves are not those of the lookups")
}

// fractions checks the layers of the tree: the point at the leaves, and the claims there.
func (v *verifier) fractions(n int) (x []ext, up, down ext) {
	for k := range n {
		lambda, left := ext{}, ext{}
		if k > 0 {
			lambda = v.challenge(rounds)
			x, left = v.zeroRounds(x, 2, add(up, mul(lambda, down)))
		}
		m := v.message("layer", 4)
		sum, product := add(mul(m[0], m[3]), mul(m[1], m[2])), mul(m[2], m[3])
		v.check(left == add(sum, mul(lambda, product)), "6: layer %d of the fractions does not add up", k)
		v.check(k > 0 || product != ext{}, "6: the sum of the fractions has no denominator")
		tau := v.challenge(rounds)
		up, down = add(m[0], mul(tau, sub(m[1], m[0]))), add(m[2], mul(tau, sub(m[3], m[2])))
		x = append([]ext{tau}, x...)
	}
	return x, up, down
}
