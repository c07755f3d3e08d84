package main

import "fmt"

func backward(a *assembly, f family) {
	r := begin(a, f, "softmaxBackward", "dp p | c scale", false, "writes (p*(dp-c))*scale over dp.")
	r.each("row", func() {
		r.load("dp", 0)
		r.load("p", 1)
		r.do("VSUBPS", 0, 0, r.scalar["c"])
		r.do("VMULPS", 0, 0, 1)
		r.do("VMULPS", 0, 0, r.scalar["scale"])
		r.store(0, "dp")
	})
	r.end()

	r = begin(a, f, "normBackward", "dx x w dy | k inv", false, "adds (dy*w - x*k)*inv to dx.")
	r.each("row", func() {
		r.load("dy", 0)
		r.load("w", 1)
		r.load("x", 2)
		r.load("dx", 3)
		r.do("VMULPS", 0, 0, 1)
		r.do("VMULPS", 2, 2, r.scalar["k"])
		r.do("VSUBPS", 0, 0, 2)
		r.do("VMULPS", 0, 0, r.scalar["inv"])
		r.do("VADDPS", 3, 3, 0)
		r.store(3, "dx")
	})
	r.end()

	r = begin(a, f, "normGain", "dw x dy | inv", false, "adds dy*(x*inv) to dw.")
	r.each("row", func() {
		r.load("x", 0)
		r.load("dy", 1)
		r.load("dw", 2)
		r.do("VMULPS", 0, 0, r.scalar["inv"])
		r.do("VMULPS", 0, 0, 1)
		r.do("VADDPS", 2, 2, 0)
		r.store(2, "dw")
	})
	r.end()

	r = begin(a, f, "swiGLUBackward", "dGate dUp gate up dy", false, "writes the gradients of gate and up.")
	r.expNumbers("overflow", "inf", "sign")
	r.pairs("row", func() {
		r.load("gate", 5)
		r.do("VXORPS", 0, 5, r.number("sign"))
		r.exp(true)
		r.do("VADDPS", 0, 0, r.number("one"))
		r.op("VMOVUPS %s, %s", r.number("one"), r.reg(6))
		r.do("VDIVPS", 5, 5, 0) // a
		r.do("VDIVPS", 7, 6, 0) // s
		r.do("VSUBPS", 6, 6, 7)
		r.do("VMULPS", 6, 6, 5)
		r.do("VADDPS", 6, 6, 7) // the slope
		r.load("up", 0)
		r.load("dy", 1)
		r.do("VMULPS", 0, 0, 1)
		r.do("VMULPS", 0, 0, 6)
		r.do("VMULPS", 1, 1, 5)
		r.store(1, "dUp")
		r.store(0, "dGate")
	})
	r.end()
	adamW(a, f)
}

// adamW has more numbers than registers to spare: they come as sixteen lanes each, in the order of kernel.AdamW.
func adamW(a *assembly, f family) {
	r := begin(a, f, "adamW", "w g m v c", false, "updates weights and moments; c has each factor sixteen times.")
	factor := func(i int) string { return fmt.Sprintf("%d(R8)", 64*i) }
	r.each("row", func() {
		r.load("g", 0)
		r.load("m", 1)
		r.load("v", 2)
		r.load("w", 3)
		r.do("VMULPS", 0, 0, factor(0))
		r.do("VMULPS", 1, 1, factor(1))
		r.do("VMULPS", 4, 0, factor(2))
		r.do("VADDPS", 1, 1, 4)
		r.store(1, "m")
		r.do("VMULPS", 2, 2, factor(3))
		r.do("VMULPS", 0, 0, 0)
		r.do("VMULPS", 0, 0, factor(4))
		r.do("VADDPS", 2, 2, 0)
		r.store(2, "v")
		r.op("VSQRTPS %s, %s", r.reg(2), r.reg(2))
		r.do("VMULPS", 2, 2, factor(5))
		r.do("VADDPS", 2, 2, factor(6))
		r.do("VDIVPS", 1, 1, 2)
		r.do("VMULPS", 3, 3, factor(7))
		r.do("VMULPS", 1, 1, factor(8))
		r.do("VSUBPS", 3, 3, 1)
		r.store(3, "w")
	})
	r.end()
}

// rotations turn whole vectors of pairs; what is left is for portable Go.
func rotations(a *assembly, f family) {
	r := begin(a, f, "rotate", "sin cos head", false, "turns neighbouring pairs, a multiple of eight.")
	r.op("SHRQ $3, CX")
	r.op("JEQ done")
	r.label("loop")
	r.twice(func() {
		half := f.bytes() / 2 // of sines and of cosines for a register of pairs
		r.op("VPMOVZXDQ %d(DI), %s", half*r.half, r.reg(0))
		r.op("VPMOVZXDQ %d(SI), %s", half*r.half, r.reg(1))
		r.op("VMOVSLDUP %s, %s", r.reg(0), r.reg(0))
		r.op("VMOVSLDUP %s, %s", r.reg(1), r.reg(1))
		r.op("VMOVUPS %d(DX), %s", f.bytes()*r.half, r.reg(2))
		r.op("VPERMILPS $0xb1, %s, %s", r.reg(2), r.reg(3))
		r.do("VMULPS", 2, 2, 1)
		r.do("VMULPS", 3, 3, 0)
		r.do("VXORPS", 3, 3, "vectorEven<>+0(SB)") // a*c + -(b*s)
		r.do("VADDPS", 2, 2, 3)
		r.op("VMOVUPS %s, %d(DX)", r.reg(2), f.bytes()*r.half)
	})
	r.op("ADDQ $32, DI")
	r.op("ADDQ $32, SI")
	r.op("ADDQ $64, DX")
	r.op("DECQ CX")
	r.op("JNE loop")
	r.label("done")
	r.end()

	r = begin(a, f, "rotateHalf", "sin cos low high", false, "turns pairs of elements of two rows.")
	r.each("row", func() {
		r.load("sin", 0)
		r.load("cos", 1)
		r.load("low", 2)
		r.load("high", 3)
		r.do("VMULPS", 4, 2, 1)
		r.do("VMULPS", 5, 3, 0)
		r.do("VSUBPS", 4, 4, 5)
		r.do("VMULPS", 2, 2, 0)
		r.do("VMULPS", 3, 3, 1)
		r.do("VADDPS", 2, 2, 3)
		r.store(4, "low")
		r.store(2, "high")
	})
	r.end()
}
