package main

import "fmt"

// weight is how a kernel reads a number.
type weight struct {
	name, goType string
	bytes        int
}

func weights() []weight {
	return []weight{{"", "float32", 4}, {"F16", "uint16", 2}, {"BF16", "uint16", 2}}
}

// load brings a vector of weights from memory into a register.
func (w weight) load(a *assembly, from, to string) {
	switch w.name {
	case "F16":
		a.op("VCVTPH2PS %s, %s", from, to)
	case "BF16":
		a.op("VPMOVZXWD %s, %s", from, to)
		a.op("VPSLLD $16, %s, %s", to, to)
	default:
		a.op("VMOVUPS %s, %s", from, to)
	}
}

// rowTimes multiplies one row of A by panels, as many side by side as keep the multipliers busy.
func rowTimes(a *assembly, name string, v vectors, w weight, most int) {
	a.function(name, "c, a *float32, b *"+w.goType+", k, panels int", 40, "multiplies one row, k and panels at least 1; see Gemm.")
	a.op("MOVQ c+0(FP), DI")
	a.op("MOVQ a+8(FP), SI")
	a.op("MOVQ b+16(FP), BX")
	a.op("MOVQ k+24(FP), CX")
	a.op("MOVQ panels+32(FP), R13")
	a.op("IMUL3Q $%d, CX, R8", 32*w.bytes)
	a.op("LEAQ (R8)(R8*2), R9")
	a.label("next")
	for n := most; n > 0; n-- {
		a.op("CMPQ R13, $%d", n)
		a.op("JGE panels%d", n)
	}
	a.op("VZEROUPPER")
	a.op("RET")
	for n := 1; n <= most; n++ {
		a.label(fmt.Sprintf("panels%d", n))
		v.beside(a, w, n)
		a.op("SUBQ $%d, R13", n)
		a.op("JMP next")
	}
}

// beside computes n panels and moves on to the next.
func (v vectors) beside(a *assembly, w weight, n int) {
	each := panelBytes / v.bytes // vectors of a panel
	reg := func(i int) string { return fmt.Sprintf("%s%d", v.prefix, i) }
	x, tmp := reg(n*each), n*each+1
	for i := range n * each {
		a.op("VXORPS %[1]s, %[1]s, %[1]s", fmt.Sprintf("X%d", i))
	}
	a.op("MOVQ SI, AX")
	a.op("MOVQ BX, DX")
	a.op("MOVQ CX, R10")
	a.op("PCALIGN $32")
	a.label(fmt.Sprintf("loop%d", n))
	a.op("VBROADCASTSS (AX), %s", x)
	for p := range n {
		for i := range each {
			if (i*v.bytes*w.bytes/4)%64 == 0 {
				a.op("PREFETCHT0 %d(DX)%s", ahead+i*v.bytes*w.bytes/4, [4]string{"", "(R8*1)", "(R8*2)", "(R9*1)"}[p])
			}
			from := fmt.Sprintf("%d(DX)%s", i*v.bytes*w.bytes/4, [4]string{"", "(R8*1)", "(R8*2)", "(R9*1)"}[p])
			if w.bytes != 4 {
				to := reg(tmp + i%2)
				w.load(a, from, to)
				from = to
			}
			a.op("VFMADD231PS %s, %s, %s", from, x, reg(p*each+i))
		}
	}
	a.op("ADDQ $4, AX")
	a.op("ADDQ $%d, DX", 32*w.bytes)
	a.op("DECQ R10")
	a.op("JNE loop%d", n)
	for i := range n * each {
		a.op("VMOVUPS %s, %d(DI)", reg(i), i*v.bytes)
	}
	a.op("ADDQ $%d, DI", n*panelBytes)
	for range n {
		a.op("ADDQ R8, BX")
	}
}

// widen writes panels of 16-bit numbers as float32.
func widen(a *assembly, name string, v vectors, w weight) {
	a.function(name, "dst *float32, src *uint16, n int", 24, "widens n rows of a panel, n at least 1; see Gemm.")
	a.op("MOVQ dst+0(FP), DI")
	a.op("MOVQ src+8(FP), SI")
	a.op("MOVQ n+16(FP), CX")
	a.label("loop")
	for i := range panelBytes / v.bytes {
		to := fmt.Sprintf("%s%d", v.prefix, i)
		w.load(a, fmt.Sprintf("%d(SI)", i*v.bytes/2), to)
		a.op("VMOVUPS %s, %d(DI)", to, i*v.bytes)
	}
	a.op("ADDQ $%d, SI", panelBytes/2)
	a.op("ADDQ $%d, DI", panelBytes)
	a.op("DECQ CX")
	a.op("JNE loop")
	a.op("VZEROUPPER")
	a.op("RET")
}
