package main

import "fmt"

// neon are the kernels for arm64: the instructions that every processor of that kind has.
func neon(a *assembly) {
	const most = 4
	a.function("tileNEON", "t *Tile", 8, "computes a tile; see Gemm.")
	a.op("MOVD t+0(FP), R0")
	for _, r := range []struct {
		offset int
		name   string
	}{{tileA, "R1"}, {tileB, "R2"}, {tileC, "R3"}, {tileARow, "R4"}, {tileACol, "R5"}, {tileBRow, "R6"}, {tileCRow, "R7"}, {tileK, "R8"}, {tileNum, "R9"}} {
		a.op("MOVD %d(R0), %s", r.offset, r.name)
	}
	for _, r := range []string{"R4", "R5", "R6", "R7"} {
		a.op("LSL $2, %s, %s", r, r)
	}
	a.op("MOVBU %d(R0), R10", tileAdd)
	for rows := most; rows > 1; rows-- {
		a.op("CMP $%d, R9", rows)
		a.op("BEQ rows%d", rows)
	}
	for rows := 1; rows <= most; rows++ {
		a.label(fmt.Sprintf("rows%d", rows))
		for at := 0; at < panelBytes; at += 64 {
			neonBlock(a, rows, at)
		}
		a.op("RET")
	}
}

// neonBlock computes rows of four vectors: V0 to V15 accumulate, V16 to V19 are B, V20 a number of A.
func neonBlock(a *assembly, rows, at int) {
	label := func(s string) string { return fmt.Sprintf("%s%dat%d", s, rows, at) }
	row := func(i int) string {
		return fmt.Sprintf("[V%d.S4, V%d.S4, V%d.S4, V%d.S4]", 4*i, 4*i+1, 4*i+2, 4*i+3)
	}
	each := func(do func(i int)) {
		a.op("ADD $%d, R3, R15", at)
		for i := range rows {
			do(i)
			if i < rows-1 {
				a.op("ADD R7, R15, R15")
			}
		}
	}
	a.op("CBZ R10, %s", label("zero"))
	each(func(i int) { a.op("VLD1 (R15), %s", row(i)) })
	a.op("JMP %s", label("begin"))
	a.label(label("zero"))
	for r := range 4 * rows {
		a.op("VEOR V%d.B16, V%d.B16, V%d.B16", r, r, r)
	}
	a.label(label("begin"))
	a.op("CBZ R8, %s", label("end"))
	a.op("MOVD R1, R11")
	for i := 1; i < rows; i++ {
		a.op("ADD R4, R%d, R%d", 10+i, 11+i)
	}
	a.op("ADD $%d, R2, R19", at)
	a.op("MOVD R8, R20")
	a.label(label("loop"))
	a.op("VLD1 (R19), [V16.S4, V17.S4, V18.S4, V19.S4]")
	a.op("ADD R6, R19, R19")
	for i := range rows {
		a.op("VLD1R (R%d), [V20.S4]", 11+i)
		a.op("ADD R5, R%d, R%d", 11+i, 11+i)
		for j := range 4 {
			a.op("VFMLA V%d.S4, V20.S4, V%d.S4", 16+j, 4*i+j)
		}
	}
	a.op("SUBS $1, R20, R20")
	a.op("BNE %s", label("loop"))
	a.label(label("end"))
	each(func(i int) { a.op("VST1 %s, (R15)", row(i)) })
}
