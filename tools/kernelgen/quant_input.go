package main

// Bit patterns of float32.
const (
	infinity  = 0x7f800000
	leastBits = 0x0d800000 // 2^-100: a block that is not larger counts as zero
	nanBits   = 0x7fc00000
)

func quantiseConstants(a *assembly) {
	a.data("magnitude", 0x7fffffff)
	a.data("one27", 0x42fe0000)
	a.data("one", 0x3f800000)
	a.data("ones", 0x01010101)
	lanes := make([]uint32, 16) // transposes four lanes of four
	for i := range lanes {
		lanes[i] = uint32(i%4*4 + i/4)
	}
	a.data("lanes", lanes...)
}

// quantiseStart begins a function and a block: its values are in Z0 to Zn-1, and most of their magnitudes, as bits, in every
// lane of X16 and in AX. Blocks that count as zero or are not finite jump to zero and nan.
func quantiseStart(a *assembly, name, block string, vectors int) {
	a.function(name, "dst *"+block+", x *float32, blocks int", 24, "rounds activations, block after block; see Quant.")
	a.op("MOVQ dst+0(FP), DI")
	a.op("MOVQ x+8(FP), SI")
	a.op("MOVQ blocks+16(FP), CX")
	a.op("VPBROADCASTD magnitude<>(SB), Z31")
	a.op("VMOVSS one27<>(SB), X30")
	a.op("VMOVSS one<>(SB), X29")
	a.op("VPXORD Z27, Z27, Z27")
	a.op("VPBROADCASTD ones<>(SB), Z26")
	if vectors > 2 {
		a.op("VMOVDQU32 lanes<>(SB), Z25")
	}
	a.label("loop")
	for i := range vectors {
		a.op("VMOVUPS %d(SI), Z%d", 64*i, i)
	}
	a.op("VPANDD Z31, Z0, Z16")
	for i := 1; i < vectors; i++ {
		a.op("VPANDD Z31, Z%d, Z17", i)
		a.op("VPMAXUD Z17, Z16, Z16")
	}
	a.op("VEXTRACTI64X4 $1, Z16, Y17")
	a.op("VPMAXUD Y17, Y16, Y16")
	a.op("VEXTRACTI32X4 $1, Y16, X17")
	a.op("VPMAXUD X17, X16, X16")
	for _, order := range []int{0x4e, 0xb1} {
		a.op("VPSHUFD $0x%x, X16, X17", order)
		a.op("VPMAXUD X17, X16, X16")
	}
	a.op("VMOVD X16, AX")
	a.op("CMPL AX, $0x%x", infinity)
	a.op("JCC nan")
	a.op("CMPL AX, $0x%x", leastBits)
	a.op("JLS zero")
	a.op("VDIVSS X30, X16, X16") // d = most/127
	a.op("VDIVSS X16, X29, X17") // 1/d
	a.op("VBROADCASTSS X17, Z17")
	for i := range vectors {
		a.op("VMULPS Z17, Z%d, Z%d", i, i)
		a.op("VCVTPS2DQ Z%d, Z%d", i, i)
		a.op("VPMOVSDB Z%d, %d(DI)", i, 16*i)
	}
}

// quantiseEnd goes on to the next block, and writes the blocks without values.
func quantiseEnd(a *assembly, vectors, blockBytes, scale int) {
	a.label("next")
	a.op("ADDQ $%d, SI", 64*vectors)
	a.op("ADDQ $%d, DI", blockBytes)
	a.op("DECQ CX")
	a.op("JNE loop")
	a.op("VZEROUPPER")
	a.op("RET")
	a.label("nan")
	a.op("MOVL $0x%x, AX", nanBits)
	a.op("JMP fill")
	a.label("zero")
	a.op("XORL AX, AX")
	a.label("fill")
	for i := 0; i < blockBytes; i += 16 {
		a.op("VMOVDQU32 X27, %d(DI)", i)
	}
	a.op("MOVL AX, %d(DI)", scale)
	a.op("JMP next")
}

func quantise32AVX512(a *assembly) {
	quantiseStart(a, "quantise32AVX512", "Block32", 2)
	a.op("VMOVSS X16, %d(DI)", b32D)
	a.op("VPADDD Z1, Z0, Z0")
	a.op("VEXTRACTI64X4 $1, Z0, Y1")
	a.op("VPADDD Y1, Y0, Y0")
	a.op("VEXTRACTI128 $1, Y0, X1")
	a.op("VPADDD X1, X0, X0")
	for _, order := range []int{0x4e, 0xb1} {
		a.op("VPSHUFD $0x%x, X0, X1", order)
		a.op("VPADDD X1, X0, X0")
	}
	a.op("VPSUBD X0, X27, X0")
	a.op("VPSLLD $7, X0, X1")
	a.op("VMOVD X1, %d(DI)", b32Less128)
	a.op("VPSLLD $3, X0, X1")
	a.op("VMOVD X1, %d(DI)", b32Less8)
	quantiseEnd(a, 2, block32, b32D)
}

func quantise256AVX512(a *assembly) {
	quantiseStart(a, "quantise256AVX512", "Block256", 16)
	a.op("VMOVSS X16, %d(DI)", b256D)
	// Sums of four neighbours, then of sixteen: each lane of 128 bits becomes one sum.
	for i := range 4 {
		a.op("VPXORD Z%d, Z%d, Z%d", i, i, i)
		a.op("VPDPBUSD %d(DI), Z26, Z%d", 64*i, i)
	}
	for _, i := range []int{0, 2} {
		a.op("VPUNPCKLDQ Z%d, Z%d, Z4", i+1, i)
		a.op("VPUNPCKHDQ Z%d, Z%d, Z5", i+1, i)
		a.op("VPADDD Z4, Z5, Z%d", i)
	}
	a.op("VPUNPCKLQDQ Z2, Z0, Z4")
	a.op("VPUNPCKHQDQ Z2, Z0, Z5")
	a.op("VPADDD Z4, Z5, Z0")
	a.op("VPERMD Z0, Z25, Z0")
	a.op("VPSHUFD $0xb1, Z0, Z1")
	a.op("VPADDD Z1, Z0, Z1")
	a.op("VPMOVQW Z1, %d(DI)", b256Sums)
	a.op("VPSUBD Z0, Z27, Z0")
	a.op("VPSLLD $5, Z0, Z0")
	a.op("VMOVDQU32 Z0, %d(DI)", b256Less)
	quantiseEnd(a, 16, block256, b256D)
}
