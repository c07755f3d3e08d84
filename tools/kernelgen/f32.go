package main

import "fmt"

// Offsets in kernel.Tile.
const (
	tileA, tileB, tileC                = 0, 24, 48
	tileARow, tileACol                 = 72, 80
	tileBRow, tileCRow, tileK, tileNum = 88, 96, 104, 112
	tileAdd                            = 120
)

// panelBytes is the width of a panel: 32 columns of float32.
const panelBytes = 128

// vectors is a set of registers.
type vectors struct {
	prefix string
	bytes  int
	rows   int // of the largest tile: what two vectors a row leave for two of B and a broadcast
}

func f32(a *assembly) {
	for _, f := range []struct {
		name    string
		v       vectors
		besides int // panels that a row takes at once: eight vectors hide the latency of a multiplication
	}{
		{"AVX512", vectors{prefix: "Z", bytes: 64, rows: 14}, 4},
		{"AVX2", vectors{prefix: "Y", bytes: 32, rows: 6}, 2},
	} {
		tile(a, "tile"+f.name, f.v)
		transpose(a, "transpose"+f.name, f.v)
		for _, w := range weights() {
			rowTimes(a, "row"+w.name+f.name, f.v, w, f.besides)
			if w.bytes == 2 {
				widen(a, "widen"+w.name+f.name, f.v, w)
			}
		}
	}
}

// tile writes one function with a loop for each number of rows. A is read in place by broadcasts, so that it needs no
// packing; a tile is two vectors wide and is repeated until the panel is done.
func tile(a *assembly, name string, v vectors) {
	a.function(name, "t *Tile", 8, "computes a tile; see Gemm.")
	a.op("MOVQ t+0(FP), DI")
	a.op("MOVQ %d(DI), BX", tileB)
	a.op("MOVQ %d(DI), CX", tileC)
	a.op("MOVQ %d(DI), R8", tileARow)
	a.op("SHLQ $2, R8")
	for i, r := range []string{"(R8)(R8*2), R9", "(R8)(R8*4), R10", "(R9)(R8*4), R11", "(R8)(R8*8), R12", "(R9)(R8*8), R13", "(R10)(R8*8), R15"} {
		if 2*i+3 < v.rows {
			a.op("LEAQ %s", r)
		}
	}
	for _, r := range []struct {
		offset int
		name   string
	}{{tileACol, "DX"}, {tileBRow, "R14"}} {
		a.op("MOVQ %d(DI), %s", r.offset, r.name)
		a.op("SHLQ $2, %s", r.name)
	}
	for rows := v.rows; rows > 1; rows-- {
		a.op("CMPQ %d(DI), $%d", tileNum, rows)
		a.op("JEQ rows%d", rows)
	}
	for rows := 1; rows <= v.rows; rows++ {
		a.label(fmt.Sprintf("rows%d", rows))
		for at := 0; at < panelBytes; at += 2 * v.bytes {
			v.block(a, rows, at)
		}
		a.op("VZEROUPPER")
		a.op("RET")
	}
}

// row addresses row i of A in the present column.
func (v vectors) row(i int) string {
	odd := map[int]string{1: "R8", 3: "R9", 5: "R10", 7: "R11", 9: "R12", 11: "R13", 13: "R15"}
	scale := 1
	for i > 0 && i%2 == 0 {
		i, scale = i/2, scale*2
	}
	if i == 0 {
		return "(SI)"
	}
	return fmt.Sprintf("(SI)(%s*%d)", odd[i], scale)
}

// block computes rows of two vectors, at bytes into the panel.
func (v vectors) block(a *assembly, rows, at int) {
	label := func(s string) string { return fmt.Sprintf("%s%dat%d", s, rows, at) }
	b0, b1, x := fmt.Sprintf("%s%d", v.prefix, 2*v.rows), fmt.Sprintf("%s%d", v.prefix, 2*v.rows+1), fmt.Sprintf("%s%d", v.prefix, 2*v.rows+2)
	each := func(do func(register, offset int)) {
		a.op("MOVQ CX, AX")
		for i := range rows {
			do(2*i, at)
			do(2*i+1, at+v.bytes)
			if i < rows-1 {
				a.op("ADDQ SI, AX")
			}
		}
	}
	step := func() { a.op("MOVQ %d(DI), SI", tileCRow); a.op("SHLQ $2, SI") }
	step()
	each(func(r, o int) {
		if r%2 == 0 || v.bytes == 64 {
			a.op("PREFETCHT0 %d(AX)", panelBytes+o)
		}
	})
	a.op("CMPB %d(DI), $0", tileAdd)
	a.op("JEQ %s", label("zero"))
	each(func(r, o int) { a.op("VMOVUPS %d(AX), %s%d", o, v.prefix, r) })
	a.op("JMP %s", label("begin"))
	a.label(label("zero"))
	for r := range 2 * rows {
		a.op("VXORPS %[1]s, %[1]s, %[1]s", fmt.Sprintf("X%d", r%16))
		if r >= 16 {
			a.op("VMOVAPS %s%d, %s%d", v.prefix, r%16, v.prefix, r)
		}
	}
	a.label(label("begin"))
	a.op("MOVQ %d(DI), SI", tileA)
	a.op("MOVQ BX, AX")
	a.op("LEAQ (BX)(R14*8), BX") // B arrives sixteen steps before it is used
	a.op("LEAQ (BX)(R14*8), BX")
	a.op("MOVQ %d(DI), DI", tileK)
	a.op("TESTQ DI, DI")
	a.op("JEQ %s", label("end"))
	a.op("PCALIGN $64")
	a.label(label("loop"))
	a.op("VMOVUPS %d(AX), %s", at, b0)
	a.op("VMOVUPS %d(AX), %s", at+v.bytes, b1)
	a.op("PREFETCHT0 %d(BX)", at)
	if v.bytes == 64 {
		a.op("PREFETCHT0 %d(BX)", at+64)
	}
	a.op("ADDQ R14, BX")
	for i := range rows {
		a.op("VBROADCASTSS %s, %s", v.row(i), x)
		a.op("VFMADD231PS %s, %s, %s%d", b0, x, v.prefix, 2*i)
		a.op("VFMADD231PS %s, %s, %s%d", b1, x, v.prefix, 2*i+1)
	}
	a.op("ADDQ R14, AX")
	a.op("ADDQ DX, SI")
	a.op("DECQ DI")
	a.op("JNE %s", label("loop"))
	a.label(label("end"))
	a.op("MOVQ t+0(FP), DI")
	if at+2*v.bytes < panelBytes {
		a.op("MOVQ %d(DI), BX", tileB)
	}
	step()
	each(func(r, o int) { a.op("VMOVUPS %s%d, %d(AX)", v.prefix, r, o) })
}
