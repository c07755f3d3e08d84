package main

func narrowElements(n *narrowCode) {
	for _, o := range []struct {
		name, doc string
		op        func(a, b string)
	}{{"add", "adds.", n.sum}, {"sub", "subtracts.", n.difference}} {
		n.signature(o.name, []string{"dst *Block", "a *Block", "b *Block", "n int"}, 0, o.doc)
		n.op("PCALIGN $32")
		n.label("loop")
		for k := range 4 {
			n.op("VMOVDQU %d(SI), Y11", 32*k)
			n.op("VMOVDQU %d(DX), Y12", 32*k)
			o.op("Y11", "Y12")
			n.op("VMOVDQU Y11, %d(DI)", 32*k)
		}
		for _, r := range []string{"DI", "SI", "DX"} {
			n.op("ADDQ $%d, %s", blockBytes, r)
		}
		n.op("DECQ CX")
		n.op("JNE loop")
		n.end()
	}
	n.signature("mul", []string{"dst *Block", "a *Block", "b *Block", "n int"}, 0, "multiplies.")
	n.halves(blocks("DI", "SI", "DX"), func(half int) {
		n.second(inBlocks("DX"), half)
		n.times(inBlocks("SI"), half, n.write(inBlocks("DI"), half))
	})
	n.end()
}

// narrowScalars multiply by the same factor all the time, which stays in its registers.
func narrowScalars(n *narrowCode) {
	const slot = 0
	n.signature("scale", []string{"dst *Block", "a *Block", "c *Block", "n int"}, 0, "multiplies by c, eight times the same element.")
	n.second(inBlocks("DX"), 0)
	n.halves(blocks("DI", "SI"), func(half int) { n.times(inBlocks("SI"), half, n.write(inBlocks("DI"), half)) })
	n.end()
	n.signature("split", []string{"lo *Block", "hi *Block", "r *Block", "n int"}, 0, "makes hi r lo, and lo less by it.")
	n.second(inBlocks("DX"), 0)
	n.halves(blocks("DI", "SI"), func(half int) {
		n.times(inBlocks("DI"), half, n.write(inBlocks("SI"), half))
		n.linear(n.difference, inBlocks("DI"), inBlocks("DI"), inBlocks("SI"), half)
	})
	n.end()
	for _, o := range []struct {
		name, word string
		from       func(ptr string) operand
		step       int
	}{{"acc", "a *Block", inBlocks, blockBytes}, {"accBase", "a *Element", inWords, 32}} {
		n.signature(o.name, []string{"dst *Block", o.word, "c *Block", "n int"}, 0, "adds c a to dst.")
		n.second(inBlocks("DX"), 0)
		n.halves(map[string]int{"DI": blockBytes, "SI": o.step}, func(half int) {
			n.times(o.from("SI"), half, func(k int) {
				n.load(inBlocks("DI"), half, k, "Y12")
				n.sum("Y11", "Y12")
				n.store(inBlocks("DI"), half, k)
			})
		})
		n.end()
	}
	for _, o := range []struct {
		name, word string
		from       func(ptr string) operand
		step       int
	}{{"fold", "Block", inBlocks, blockBytes}, {"foldBase", "Element", inWords, 32}} {
		n.signature(o.name, []string{"dst *Block", "lo *" + o.word, "hi *" + o.word, "r *Block", "n int"}, 1, "makes dst lo + r (hi - lo).")
		n.second(inBlocks("BX"), 0)
		n.halves(map[string]int{"DI": blockBytes, "SI": o.step, "DX": o.step}, func(half int) {
			lo, d := o.from("SI"), onStack(slot)
			n.linear(n.difference, d, o.from("DX"), lo, half)
			d.base = lo.base
			n.times(d, half, func(k int) {
				if k == 0 || !lo.base {
					n.load(lo, half, k, "Y12")
					n.sum("Y11", "Y12")
				}
				n.store(inBlocks("DI"), half, k)
			})
		})
		n.end()
	}
}

func narrowSums(n *narrowCode) {
	const slot = 0
	for _, o := range []struct {
		name, word string
		from       func(ptr string) operand
		step       int
	}{{"dot", "Block", inBlocks, blockBytes}, {"dotBase", "Element", inWords, 32}} {
		n.signature(o.name, []string{"out *wide", "a *Block", "b *" + o.word, "n int"}, 1, "leaves the sums of a b in out.")
		n.zero(slot)
		n.halves(map[string]int{"SI": blockBytes, "DX": o.step}, func(half int) {
			n.second(inBlocks("SI"), half)
			n.times(o.from("DX"), half, n.gather(slot))
		})
		n.result(slot)
		n.end()
	}
	n.signature("sum", []string{"out *Block", "a *Block", "n int"}, 0, "adds all blocks up.")
	for k := range 4 {
		n.op("VPXOR %s, %s, %s", y(k), y(k), y(k))
	}
	n.op("PCALIGN $32")
	n.label("loop")
	for k := range 4 {
		n.op("VMOVDQU %d(SI), Y12", 32*k)
		n.sum(y(k), "Y12")
	}
	n.op("ADDQ $%d, SI", blockBytes)
	n.op("DECQ CX")
	n.op("JNE loop")
	for k := range 4 {
		n.op("VMOVDQU %s, %d(DI)", y(k), 32*k)
	}
	n.end()
}

func narrowRounds(n *narrowCode) {
	const at0, atInf, x, y = 0, 1, 2, 3
	out := "leaves the sums in out: of lo lo2 and of (hi-lo) (hi2-lo2)"
	for _, o := range []struct {
		name, word string
		from       func(ptr string) operand
		step       int
	}{{"productRound", "Block", inBlocks, blockBytes}, {"productRoundBase", "Element", inWords, 32}} {
		n.signature(o.name, []string{"out *[2]wide", "lo *Block", "hi *Block", "lo2 *" + o.word, "hi2 *" + o.word, "n int"}, 4, out+".")
		n.zero(at0, atInf)
		n.halves(map[string]int{"SI": blockBytes, "DX": blockBytes, "BX": o.step, "R8": o.step}, func(half int) {
			n.second(inBlocks("SI"), half)
			n.times(o.from("BX"), half, n.gather(at0))
			n.linear(n.difference, onStack(x), inBlocks("DX"), inBlocks("SI"), half)
			d := onStack(y)
			n.linear(n.difference, d, o.from("R8"), o.from("BX"), half)
			d.base = o.step != blockBytes
			n.second(onStack(x), half)
			n.times(d, half, n.gather(atInf))
		})
		n.result(at0, atInf)
		n.end()
	}
	n.signature("eqProductRound", []string{"out *[2]wide", "lo *Block", "hi *Block", "lo2 *Block", "hi2 *Block", "eq *Block", "n int"}, 4, out+", times eq.")
	n.zero(at0, atInf)
	n.halves(blocks("SI", "DX", "BX", "R8", "R9"), func(half int) {
		n.second(inBlocks("SI"), half)
		n.times(inBlocks("BX"), half, n.write(onStack(x), half))
		n.second(inBlocks("R9"), half)
		n.times(onStack(x), half, n.gather(at0))
		n.linear(n.difference, onStack(x), inBlocks("DX"), inBlocks("SI"), half)
		n.linear(n.difference, onStack(y), inBlocks("R8"), inBlocks("BX"), half)
		n.second(onStack(x), half)
		n.times(onStack(y), half, n.write(onStack(x), half))
		n.second(inBlocks("R9"), half)
		n.times(onStack(x), half, n.gather(atInf))
	})
	n.result(at0, atInf)
	n.end()
	narrowFractions(n)
}

// narrowFractions has the upper halves at a distance of CX blocks at first, in AX.
func narrowFractions(n *narrowCode) {
	const at0, atInf, x, d = 0, 1, 2, 3
	n.signature("fractionRound", []string{"out *[2]wide", "p0 *Block", "p1 *Block", "q0 *Block", "q1 *Block", "eq *Block", "n int"}, 4, "leaves the sums of eq (p0 q1 + p1 q0) over the lower halves and over the differences in out.")
	n.zero(at0, atInf)
	n.op("MOVQ CX, AX")
	n.op("SHLQ $7, AX")
	n.halves(blocks("SI", "DX", "BX", "R8", "R9"), func(half int) {
		p0, p1, q0, q1 := inBlocks("SI"), inBlocks("DX"), inBlocks("BX"), inBlocks("R8")
		n.second(q1, half)
		n.times(p0, half, n.write(onStack(x), half))
		n.second(q0, half)
		n.times(p1, half, n.gather(x))
		n.second(inBlocks("R9"), half)
		n.times(onStack(x), half, n.gather(at0))
		apart := func(o operand) operand {
			n.linear(n.difference, onStack(d), inBlocks(o.ptr+")(AX*1"), o, half)
			return onStack(d)
		}
		n.second(apart(q1), half)
		n.times(apart(p0), half, n.write(onStack(x), half))
		n.second(apart(q0), half)
		n.times(apart(p1), half, n.gather(x))
		n.second(inBlocks("R9"), half)
		n.times(onStack(x), half, n.gather(atInf))
	})
	n.result(at0, atInf)
	n.end()
	n.signature("fractionStep", []string{"np *Block", "nq *Block", "p *Block", "q *Block", "n int"}, 1, "makes np p0 q1 + p1 q0 and nq q0 q1, for the halves of p and q.")
	n.op("MOVQ CX, AX")
	n.op("SHLQ $7, AX")
	n.halves(blocks("DI", "SI", "DX", "BX"), func(half int) {
		n.second(inBlocks("BX)(AX*1"), half)
		n.times(inBlocks("DX"), half, n.write(onStack(0), half))
		n.times(inBlocks("BX"), half, n.write(inBlocks("SI"), half))
		n.second(inBlocks("BX"), half)
		n.times(inBlocks("DX)(AX*1"), half, func(k int) {
			n.load(onStack(0), half, k, "Y12")
			n.sum("Y11", "Y12")
			n.store(inBlocks("DI"), half, k)
		})
	})
	n.end()
}
