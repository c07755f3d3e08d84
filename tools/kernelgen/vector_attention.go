package main

import "fmt"

func attention(a *assembly, f family) {
	tiles := []int{4, 2, 1}
	if !f.wide() {
		tiles = []int{2, 1}
	}
	for _, rows := range tiles {
		scoreTile(a, f, rows)
	}
	for _, rows := range []int{4, 2, 1} {
		mixTile(a, f, rows)
	}
	putKeys(a, f)
}

// sumDepth is how many sums of one query are alive at once.
const sumDepth = 5

// scoreTile holds one register of positions for each query and walks the lanes of dot in the order of their tree, so that
// few sums are alive at once. The first product of a lane starts it; as no lane of dot is ever -0, one addition of +0 at
// the end makes up for that.
func scoreTile(a *assembly, f family, rows int) {
	a.function(fmt.Sprintf("scores%d%s", rows, f.name),
		"dst, q *float32, pages *[]float32, dstStep, qStep, steps, first, left, page, positions int, scale float32", 84,
		"computes scores of sixteen positions at a time. dstStep, qStep and first, which is into the first page, are bytes;"+
			" left positions are in that page, and steps is size/16.")
	r := &row{assembly: a, family: f}
	sum := func(q, level int) string { return r.reg(q*sumDepth + level) }
	for _, s := range []string{"dst+0(FP), DI", "q+8(FP), SI", "pages+16(FP), AX", "qStep+32(FP), R8", "left+56(FP), CX", "positions+72(FP), R9"} {
		a.op("MOVQ %s", s)
	}
	a.op("MOVQ (AX), BX")
	a.op("ADDQ first+48(FP), BX")
	a.op("LEAQ (R8)(R8*2), R13")
	a.label("block")
	r.mask16()
	for r.half = range f.halves {
		var walk func(lanes []int, level int)
		walk = func(lanes []int, level int) {
			if len(lanes) == 1 {
				r.scoreLane(rows, lanes[0], level, sum)
				return
			}
			walk(lanes[:len(lanes)/2], level)
			walk(lanes[len(lanes)/2:], level+1)
			for q := range rows {
				a.op("VADDPS %s, %s, %s", sum(q, level+1), sum(q, level), sum(q, level))
			}
		}
		walk([]int{0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15}, 0)
		r.scoreStore(rows, sum)
	}
	r.half = 0
	a.op("MOVQ steps+40(FP), R10")
	a.op("SHLQ $10, R10")
	a.op("ADDQ R10, BX")
	a.op("ADDQ $64, DI")
	a.op("SUBQ $16, R9")
	a.op("JLE done")
	a.op("SUBQ $16, CX")
	a.op("JNE block")
	a.op("ADDQ $24, AX")
	a.op("MOVQ (AX), BX")
	a.op("MOVQ page+64(FP), CX")
	a.op("JMP block")
	a.label("done")
	r.end()
}

// scoreLane adds the products of one lane of dot, for all queries.
func (r *row) scoreLane(rows, lane, level int, sum func(q, level int) string) {
	addresses := []string{"(DX)", "(DX)(R8*1)", "(DX)(R8*2)", "(DX)(R13*1)"}
	scratch := rows * sumDepth
	label := fmt.Sprintf("half%dlane%d", r.half, lane)
	r.op("LEAQ %d(SI), DX", 4*lane)
	r.op("LEAQ %d(BX), R11", 64*lane+32*r.half)
	r.op("MOVQ steps+40(FP), R10")
	key, factor, product := r.reg(scratch), r.reg(scratch+1), r.reg(scratch+2)
	term := func(q int, dst string) {
		if r.wide() {
			r.op("VMULPS.BCST %s, %s, %s", addresses[q], key, dst)
			return
		}
		r.op("VBROADCASTSS %s, %s", addresses[q], factor)
		r.op("VMULPS %s, %s, %s", factor, key, dst)
	}
	r.op("VMOVUPS (R11), %s", key)
	for q := range rows {
		term(q, sum(q, level))
	}
	r.op("DECQ R10")
	r.op("JEQ %send", label)
	r.label(label)
	r.op("ADDQ $64, DX")
	r.op("ADDQ $1024, R11")
	r.op("VMOVUPS (R11), %s", key)
	for q := range rows {
		term(q, product)
		r.op("VADDPS %s, %s, %s", product, sum(q, level), sum(q, level))
	}
	r.op("DECQ R10")
	r.op("JNE %s", label)
	r.label(label + "end")
}

// mask16 selects the positions of a block that R9 leaves: all, or the first few.
func (r *row) mask16() {
	r.op("MOVQ $16, R12")
	r.op("CMPQ R9, R12")
	r.op("CMOVQLT R9, R12")
	if r.wide() {
		r.op("MOVL $-1, R11")
		r.op("BZHIL R12, R11, R11")
		r.op("KMOVW R11, K1")
	}
}

func (r *row) scoreStore(rows int, sum func(q, level int) string) {
	scratch := rows * sumDepth
	zero, scale := r.reg(scratch), r.reg(scratch+1)
	r.op("VXORPS %[1]s, %[1]s, %[1]s", zero)
	r.op("VBROADCASTSS scale+80(FP), %s", scale)
	if !r.wide() {
		r.op("LEAQ vectorMask<>+%d(SB), R11", 64+32*r.half)
		r.op("SHLQ $2, R12")
		r.op("SUBQ R12, R11")
		r.op("SHRQ $2, R12")
		r.op("VMOVUPS (R11), %s", r.reg(scratch+2))
	}
	r.op("MOVQ DI, DX")
	for q := range rows {
		r.op("VADDPS %s, %s, %s", zero, sum(q, 0), sum(q, 0))
		r.op("VMULPS %s, %s, %s", scale, sum(q, 0), sum(q, 0))
		if r.wide() {
			r.op("VMOVUPS %s, K1, (DX)", sum(q, 0))
		} else {
			r.op("VMASKMOVPS %s, %s, %d(DX)", sum(q, 0), r.reg(scratch+2), 32*r.half)
		}
		if q < rows-1 {
			r.op("ADDQ dstStep+24(FP), DX")
		}
	}
}

// mixTile keeps the sums of some columns of all rows in registers while it walks the positions. Columns are a multiple of
// the register; the widest chunk that fits goes first. With a triangle, row r goes on for r more positions.
func mixTile(a *assembly, f family, rows int) {
	a.function(fmt.Sprintf("mix%d%s", rows, f.name),
		"dst, weight *float32, pages *[]float32, dstStep, weightStep, stride, columns, first, left, page, positions, triangle int", 96,
		"adds weighted rows of values to rows of dst. Steps, stride and first, which is into the first page, are bytes;"+
			" left positions are in that page.")
	r := &row{assembly: a, family: f}
	chunks := map[int][]int{1: {8, 4, 2, 1}, 2: {8, 4, 2, 1}, 4: {4, 2, 1}}[rows]
	if !f.wide() {
		chunks = map[int][]int{1: {8, 4, 2, 1}, 2: {4, 2, 1}, 4: {2, 1}}[rows]
	}
	a.op("MOVQ dst+0(FP), DI")
	a.op("MOVQ weightStep+32(FP), R8")
	a.op("MOVQ stride+40(FP), R9")
	a.op("MOVQ columns+48(FP), CX")
	a.op("LEAQ (R8)(R8*2), R13")
	a.op("XORQ BX, BX")
	lanes := 16 / f.halves
	for i, c := range chunks {
		a.label(fmt.Sprintf("chunk%d", c))
		a.op("CMPQ CX, $%d", c*lanes)
		if i+1 < len(chunks) {
			a.op("JLT chunk%d", chunks[i+1])
		} else {
			a.op("JLT done")
		}
		r.mixChunk(rows, c)
		a.op("ADDQ $%d, DI", c*f.bytes())
		a.op("ADDQ $%d, BX", c*f.bytes())
		a.op("SUBQ $%d, CX", c*lanes)
		a.op("JMP chunk%d", c)
	}
	a.label("done")
	r.end()
}

// mixChunk computes c registers of columns of all rows, BX bytes into the values.
func (r *row) mixChunk(rows, c int) {
	label := func(s string) string { return fmt.Sprintf("chunk%d%s", c, s) }
	each := func(do func(row, i int)) {
		r.op("MOVQ DI, DX")
		for row := range rows {
			for i := range c {
				do(row, i)
			}
			if row < rows-1 {
				r.op("ADDQ dstStep+24(FP), DX")
			}
		}
	}
	each(func(row, i int) { r.op("VMOVUPS %d(DX), %s", i*r.bytes(), r.reg(row*c+i)) })
	for _, s := range []string{"weight+8(FP), SI", "pages+16(FP), AX", "(AX), R11", "positions+80(FP), R10", "left+64(FP), R12"} {
		r.op("MOVQ %s", s)
	}
	r.op("ADDQ first+56(FP), R11")
	r.op("ADDQ BX, R11")
	r.label(label("page"))
	r.op("MOVQ R12, R15")
	r.op("CMPQ R10, R15")
	r.op("CMOVQLT R10, R15")
	r.op("SUBQ R15, R10")
	r.op("SUBQ R15, R12")
	r.op("PCALIGN $32")
	r.label(label("loop"))
	r.mixPosition(rows, c, 0)
	r.op("DECQ R15")
	r.op("JNE %s", label("loop"))
	r.op("TESTQ R10, R10")
	r.op("JEQ %s", label("end"))
	r.nextPage()
	r.op("JMP %s", label("page"))
	r.label(label("end"))
	if rows > 1 {
		r.op("CMPQ triangle+88(FP), $0")
		r.op("JEQ %s", label("store"))
	}
	for row := 1; row < rows; row++ {
		r.op("TESTQ R12, R12")
		r.op("JNE %s", label(fmt.Sprintf("more%d", row)))
		r.nextPage()
		r.label(label(fmt.Sprintf("more%d", row)))
		r.mixPosition(rows, c, row)
		r.op("DECQ R12")
	}
	r.label(label("store"))
	each(func(row, i int) { r.op("VMOVUPS %s, %d(DX)", r.reg(row*c+i), i*r.bytes()) })
}

// nextPage goes to the values of the first position of the next page.
func (r *row) nextPage() {
	r.op("ADDQ $24, AX")
	r.op("MOVQ (AX), R11")
	r.op("ADDQ BX, R11")
	r.op("MOVQ page+72(FP), R12")
}

// mixPosition adds one position to the sums of the rows from a number on.
func (r *row) mixPosition(rows, c, from int) {
	value := func(i int) string { return r.reg(rows*c + i) }
	factor, product := r.reg(rows*c+c), r.reg(rows*c+c+1)
	if rows == 1 { // each value is read once: no register for it
		value = func(i int) string { return fmt.Sprintf("%d(R11)", i*r.bytes()) }
		factor, product = r.reg(c), r.reg(c+1)
	} else {
		for i := range c {
			r.op("VMOVUPS %d(R11), %s", i*r.bytes(), value(i))
		}
	}
	for row := from; row < rows; row++ {
		r.op("VBROADCASTSS %s, %s", []string{"(SI)", "(SI)(R8*1)", "(SI)(R8*2)", "(SI)(R13*1)"}[row], factor)
		for i := range c {
			r.op("VMULPS %s, %s, %s", value(i), factor, product)
			r.op("VADDPS %s, %s, %s", product, r.reg(row*c+i), r.reg(row*c+i))
		}
	}
	r.op("ADDQ $4, SI")
	r.op("ADDQ R9, R11")
}

// putKeys transposes sixteen rows into a key block, whole vectors of elements at a time.
func putKeys(a *assembly, f family) {
	v := vectors{prefix: f.prefix, bytes: f.bytes()}
	n := f.bytes() / 4
	a.function("putKeys"+f.name, packParams, 32, fmt.Sprintf("transposes sixteen rows; k is a multiple of %d.", n))
	packArguments(a)
	a.op("LEAQ (R8)(R8*2), R9")
	a.op("LEAQ (R8)(R8*4), R10")
	a.op("LEAQ (R9)(R8*4), R11")
	a.op("MOVQ SI, BX")
	a.op("MOVQ DI, R12")
	a.op("MOVQ CX, R13")
	for half := range f.halves {
		a.op("MOVQ BX, SI")
		a.op("LEAQ %d(R12), DI", half*f.bytes())
		a.op("MOVQ R13, CX")
		a.label(fmt.Sprintf("half%d", half))
		v.square(a, 64)
		a.op("ADDQ $%d, SI", f.bytes())
		a.op("ADDQ $%d, DI", n*64)
		a.op("SUBQ $%d, CX", n)
		a.op("JNE half%d", half)
		a.op("LEAQ (BX)(R8*8), BX")
	}
	a.op("VZEROUPPER")
	a.op("RET")
}
