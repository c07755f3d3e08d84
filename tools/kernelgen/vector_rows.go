package main

func reductions(a *assembly, f family) {
	for _, k := range []struct{ name, args, doc string }{
		{"sum", "x", "adds a row."},
		{"dot", "x y", "adds the products of two rows."},
		{"dot3", "x y z", "adds the products of three rows."},
	} {
		r := begin(a, f, k.name, k.args, true, k.doc)
		r.zeroLanes()
		r.each("row", func() {
			r.load("x", 0)
			for _, s := range []string{"y", "z"} {
				if r.ptr[s] != "" {
					r.load(s, 1)
					r.do("VMULPS", 0, 0, 1)
				}
			}
			r.accumulate(0)
		})
		r.join("VADDPS")
		r.op("VMOVSS X8, %s", r.result)
		r.end()
	}
	r := begin(a, f, "maximum", "x", true, "is the largest element of a row.")
	r.largest("x")
	r.op("VXORPS %[1]s, %[1]s, %[1]s", "X0")
	r.op("VADDSS X0, X8, X8")
	r.op("VMOVSS X8, %s", r.result)
	r.end()
}

// choices look for elements of a row.
func choices(a *assembly, f family) {
	r := begin(a, f, "residue", "x", true, "is +0 if all elements are finite, and has other bits if not.")
	r.zeroLanes()
	r.each("row", func() {
		r.load("x", 0)
		r.do("VSUBPS", 0, 0, 0)
		r.op("VORPS %s, %s, %s", r.reg(0), r.acc(), r.acc())
	})
	if f.wide() {
		r.op("VEXTRACTF64X4 $1, Z8, Y9")
	}
	r.op("VORPS Y9, Y8, Y8")
	r.op("XORQ AX, AX")
	r.op("MOVL $1, BX")
	r.op("VPTEST Y8, Y8")
	r.op("CMOVLNE BX, AX")
	r.op("MOVL AX, %s", r.result)
	r.end()

	a.function("above"+f.name, "mask *uint16, x *float32, n int, least float32", 28,
		"has a bit for each element that is at least a bound; n is a multiple of 16, and not 0.")
	for _, s := range []string{"MOVQ mask+0(FP), DI", "MOVQ x+8(FP), SI", "MOVQ n+16(FP), CX", "VBROADCASTSS least+24(FP), " + f.reg(0)} {
		a.op("%s", s)
	}
	a.label("loop")
	if f.wide() {
		a.op("VCMPPS $18, (SI), Z0, K1")
		a.op("KMOVW K1, AX")
	} else {
		a.op("VCMPPS $18, (SI), Y0, Y1")
		a.op("VCMPPS $18, 32(SI), Y0, Y2")
		a.op("VMOVMSKPS Y1, AX")
		a.op("VMOVMSKPS Y2, BX")
		a.op("SHLL $8, BX")
		a.op("ORL BX, AX")
	}
	a.op("MOVW AX, (DI)")
	a.op("ADDQ $64, SI")
	a.op("ADDQ $2, DI")
	a.op("SUBQ $16, CX")
	a.op("JNE loop")
	r.end()
}

// largest leaves the largest element of a slice in lane 0 of X8.
func (r *row) largest(slice string) {
	for h := range r.halves {
		r.op("VMOVUPS %s, %s", number("minusInf"), r.reg(8+h))
	}
	r.each("most", func() {
		if !r.masked {
			r.op("VMAXPS %s, %s, %s", r.at(slice), r.acc(), r.acc())
			return
		}
		r.load(slice, 0)
		if r.wide() {
			r.op("VMAXPS Z0, Z8, K1, Z8")
			return
		}
		r.op("VMOVUPS %s, Y1", number("minusInf"))
		r.op("VBLENDVPS Y%d, Y0, Y1, Y0", 14+r.half)
		r.op("VMAXPS Y0, %s, %s", r.acc(), r.acc())
	})
	r.join("VMAXPS")
}

func elements(a *assembly, f family) {
	r := begin(a, f, "add", "dst x", false, "adds a row to another.")
	r.each("row", func() {
		r.load("dst", 0)
		r.load("x", 1)
		r.do("VADDPS", 0, 0, 1)
		r.store(0, "dst")
	})
	r.end()

	r = begin(a, f, "axpy", "dst x | s", false, "adds a row times s to another.")
	r.each("row", func() {
		r.load("dst", 0)
		r.load("x", 1)
		r.do("VMULPS", 1, 1, r.scalar["s"])
		r.do("VADDPS", 0, 0, 1)
		r.store(0, "dst")
	})
	r.end()

	r = begin(a, f, "scaleBy", "x | s", false, "multiplies a row by s.")
	r.times("x", r.scalar["s"])
	r.end()

	r = begin(a, f, "norm", "dst x w | inv", false, "writes (x*inv)*w to dst.")
	r.each("row", func() {
		r.load("x", 0)
		r.load("w", 1)
		r.do("VMULPS", 0, 0, r.scalar["inv"])
		r.do("VMULPS", 0, 0, 1)
		r.store(0, "dst")
	})
	r.end()
}

func (r *row) times(slice, factor string) {
	r.each("times", func() {
		r.load(slice, 0)
		r.do("VMULPS", 0, 0, factor)
		r.store(0, slice)
	})
}

func exponentials(a *assembly, f family) {
	r := begin(a, f, "softmax", "dst x", false, "writes the softmax of x to dst.")
	r.largest("x")
	r.op("VBROADCASTSS X8, %s", r.reg(13))
	r.expNumbers()
	r.zeroLanes()
	r.pairs("exp", func() {
		r.load("x", 0)
		r.do("VSUBPS", 0, 0, r.reg(13))
		r.exp(false)
		r.store(0, "dst")
		r.keep(0)
		r.accumulate(0)
	})
	r.join("VADDPS")
	r.op("VMOVSS %s, X0", number("one"))
	r.op("VDIVSS X8, X0, X0")
	r.op("VBROADCASTSS X0, %s", r.reg(13))
	r.times("dst", r.reg(13))
	r.end()

	r = begin(a, f, "sumExp", "x | most", true, "adds exp(x - most).")
	r.expNumbers("overflow", "inf")
	r.zeroLanes()
	r.pairs("exp", func() {
		r.load("x", 0)
		r.do("VSUBPS", 0, 0, r.scalar["most"])
		r.exp(true)
		r.keep(0)
		r.accumulate(0)
	})
	r.join("VADDPS")
	r.op("VMOVSS X8, %s", r.result)
	r.end()

	r = begin(a, f, "expTo", "dst x | sub", false, "writes exp(x - sub).")
	r.expNumbers("overflow", "inf")
	r.pairs("exp", func() {
		r.load("x", 0)
		r.do("VSUBPS", 0, 0, r.scalar["sub"])
		r.exp(true)
		r.store(0, "dst")
	})
	r.end()

	r = begin(a, f, "swiGLU", "dst gate up", false, "writes gate/(1+exp(-gate))*up to dst.")
	r.expNumbers("overflow", "inf", "sign")
	r.pairs("row", func() {
		r.load("gate", 5)
		r.do("VXORPS", 0, 5, r.number("sign"))
		r.exp(true)
		r.do("VADDPS", 0, 0, r.number("one"))
		r.do("VDIVPS", 0, 5, 0)
		r.load("up", 1)
		r.do("VMULPS", 0, 0, 1)
		r.store(0, "dst")
	})
	r.end()
}

// expNumbers are the constants of exp.
func (r *row) expNumbers(more ...string) {
	r.preload(append(more, "underflow", "log2e", "magic", "ln2high", "ln2low", "p0", "p1", "p2", "p3", "p4", "p5", "one")...)
}

// exp replaces register 0 by its exponential, in the order of kernel.Exp, with 1 to 4 as scratch. An overflow need not be
// looked for where no argument is positive.
func (r *row) exp(overflow bool) {
	wide := r.wide()
	if wide {
		r.op("VCMPPS $21, %s, Z0, K2", r.number("underflow"))
		if overflow {
			r.op("VCMPPS $30, %s, Z0, K3", r.number("overflow"))
		}
	} else {
		r.op("VMOVAPS Y0, Y4")
	}
	r.do("VMULPS", 1, 0, r.number("log2e"))
	r.do("VADDPS", 1, 1, r.number("magic"))
	r.do("VSUBPS", 2, 1, r.number("magic"))
	// This product is exact, so that one rounding is two.
	r.op("VFNMADD231PS %s, %s, %s", r.number("ln2high"), r.reg(2), r.reg(0))
	r.do("VMULPS", 3, 2, r.number("ln2low"))
	r.do("VSUBPS", 0, 0, 3)
	r.do("VMULPS", 3, 0, r.number("p0"))
	r.do("VADDPS", 3, 3, r.number("p1"))
	for _, p := range []string{"p2", "p3", "p4", "p5"} {
		r.do("VMULPS", 3, 3, 0)
		r.do("VADDPS", 3, 3, r.number(p))
	}
	if wide {
		r.do("VMULPS", 1, 0, 0)
	} else {
		r.do("VMULPS", 2, 0, 0)
	}
	r.do("VMULPS", 3, 3, map[bool]int{true: 1, false: 2}[wide])
	r.do("VADDPS", 3, 3, 0)
	r.do("VADDPS", 3, 3, r.number("one"))
	if wide { // p * 2^n with one rounding, as the product of both factors has
		r.op("VSCALEFPS.Z Z2, Z3, K2, Z0")
		if overflow {
			r.op("VMOVUPS %s, K3, Z0", r.number("inf"))
		}
		return
	}
	r.do("VPADDD", 1, 1, r.number("minusMagic"))
	r.op("VPSRAD $1, Y1, Y2")
	r.do("VPSUBD", 1, 1, 2)
	for _, v := range []int{2, 1} {
		r.do("VPADDD", v, v, r.number("bias"))
		r.op("VPSLLD $23, Y%d, Y%d", v, v)
		r.do("VMULPS", 3, 3, v)
	}
	r.op("VCMPPS $21, %s, Y4, Y0", r.number("underflow"))
	r.do("VANDPS", 0, 0, 3)
	if overflow {
		r.op("VCMPPS $30, %s, Y4, Y1", r.number("overflow"))
		r.op("VMOVUPS %s, Y2", r.number("inf"))
		r.op("VBLENDVPS Y1, Y2, Y0, Y0")
	}
}
