package main

import "fmt"

const packParams = "dst, src *float32, step, k int"

// packArguments loads dst, src, the step in bytes and k.
func packArguments(a *assembly) {
	a.op("MOVQ dst+0(FP), DI")
	a.op("MOVQ src+8(FP), SI")
	a.op("MOVQ step+16(FP), R8")
	a.op("SHLQ $2, R8")
	a.op("MOVQ k+24(FP), CX")
}

// transpose writes squares of as many rows and columns as a vector has elements: it joins neighbours within quarters, first
// single elements, then pairs, and then the quarters.
func transpose(a *assembly, name string, v vectors) {
	n := v.bytes / 4
	a.function(name, packParams, 32, fmt.Sprintf("transposes into a panel; k is a multiple of %d. See Gemm.", n))
	packArguments(a)
	a.op("LEAQ (R8)(R8*2), R9")
	a.op("LEAQ (R8)(R8*4), R10")
	a.op("LEAQ (R9)(R8*4), R11")
	a.op("MOVQ SI, BX")
	a.op("MOVQ DI, R12")
	a.op("MOVQ CX, R13")
	for group := range 32 / n {
		a.op("MOVQ BX, SI")
		a.op("LEAQ %d(R12), DI", group*v.bytes)
		a.op("MOVQ R13, CX")
		a.label(fmt.Sprintf("group%d", group))
		v.square(a, panelBytes)
		a.op("ADDQ $%d, SI", v.bytes)
		a.op("ADDQ $%d, DI", n*panelBytes)
		a.op("SUBQ $%d, CX", n)
		a.op("JNE group%d", group)
		a.op("LEAQ (BX)(R8*8), BX")
		if n == 16 {
			a.op("LEAQ (BX)(R8*8), BX")
		}
	}
	a.op("VZEROUPPER")
	a.op("RET")
}

// square transposes from SI to DI, whose rows have some bytes; registers 0 to n-1 hold the rows and the other half is for what comes between.
func (v vectors) square(a *assembly, rowBytes int) {
	n := v.bytes / 4
	reg := func(i int) string { return fmt.Sprintf("%s%d", v.prefix, i) }
	for i := range n {
		if i == 8 {
			a.op("LEAQ (SI)(R8*8), AX")
		}
		a.op("VMOVUPS %s, %s", vectors{prefix: [2]string{"SI", "AX"}[i/8]}.step(i%8), reg(i))
	}
	for i := 0; i < n; i += 2 {
		a.op("VUNPCKLPS %s, %s, %s", reg(i+1), reg(i), reg(n+i))
		a.op("VUNPCKHPS %s, %s, %s", reg(i+1), reg(i), reg(n+i+1))
	}
	// After this, register 4g+c has column c of each quarter of the rows 4g to 4g+3.
	for i := 0; i < n; i += 4 {
		for c := range 4 {
			op := [2]string{"VUNPCKLPD", "VUNPCKHPD"}[c%2]
			a.op("%s %s, %s, %s", op, reg(n+i+2+c/2), reg(n+i+c/2), reg(i+c))
		}
	}
	for c := range 4 {
		if n == 8 {
			a.op("VPERM2F128 $0x20, %s, %s, %s", reg(4+c), reg(c), reg(n+c))
			a.op("VPERM2F128 $0x31, %s, %s, %s", reg(4+c), reg(c), reg(n+4+c))
			continue
		}
		for half, pick := range []string{"0x44", "0xEE"} {
			x, y := reg(n+2*c), reg(n+2*c+1)
			a.op("VSHUFF32X4 $%s, %s, %s, %s", pick, reg(4+c), reg(c), x)
			a.op("VSHUFF32X4 $%s, %s, %s, %s", pick, reg(12+c), reg(8+c), y)
			for odd, join := range []string{"0x88", "0xDD"} {
				a.op("VSHUFF32X4 $%s, %s, %s, %s", join, y, x, reg(n+8))
				a.op("VMOVUPS %s, %d(DI)", reg(n+8), (4*(2*half+odd)+c)*rowBytes)
			}
		}
	}
	if n == 8 {
		for i := range n {
			a.op("VMOVUPS %s, %d(DI)", reg(n+i), i*rowBytes)
		}
	}
}

// step addresses row i < 8 from the base register that prefix names.
func (v vectors) step(i int) string {
	if i == 0 {
		return "(" + v.prefix + ")"
	}
	return fmt.Sprintf("(%s)(%s)", v.prefix, [8]string{"", "R8*1", "R8*2", "R9*1", "R8*4", "R10*1", "R9*2", "R11*1"}[i])
}
