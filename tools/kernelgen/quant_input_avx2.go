package main

import "fmt"

// quantiseAVX2 rounds blocks: their largest magnitude first, then 32 values at a time. sums stores what the kernels need of
// the sums of each 16 values, in R8 and R9.
func quantiseAVX2(a *assembly, name, block string, values, blockBytes, scale int, sums func(part int)) {
	a.function(name, "dst *"+block+", x *float32, blocks int", 24, "rounds activations, block after block; see Quant.")
	a.op("MOVQ dst+0(FP), DI")
	a.op("MOVQ x+8(FP), SI")
	a.op("MOVQ blocks+16(FP), CX")
	a.op("VBROADCASTSS magnitude<>(SB), Y15")
	a.op("VMOVSS one27<>(SB), X14")
	a.op("VMOVSS one<>(SB), X13")
	a.op("VMOVDQU quarters<>(SB), Y12")
	a.op("VPXOR Y11, Y11, Y11")
	a.label("loop")
	a.op("VPAND (SI), Y15, Y8")
	for i := 8; i < values; i += 8 {
		a.op("VPAND %d(SI), Y15, Y9", 4*i)
		a.op("VPMAXUD Y9, Y8, Y8")
	}
	a.op("VEXTRACTI128 $1, Y8, X9")
	a.op("VPMAXUD X9, X8, X8")
	for _, order := range []int{0x4e, 0xb1} {
		a.op("VPSHUFD $0x%x, X8, X9", order)
		a.op("VPMAXUD X9, X8, X8")
	}
	a.op("VMOVD X8, AX")
	a.op("CMPL AX, $0x%x", infinity)
	a.op("JCC nan")
	a.op("CMPL AX, $0x%x", leastBits)
	a.op("JLS zero")
	a.op("VDIVSS X14, X8, X8")
	a.op("VMOVSS X8, %d(DI)", scale)
	a.op("VDIVSS X8, X13, X8")
	a.op("VBROADCASTSS X8, Y8")
	for part := range values / 32 {
		for i := range 4 {
			a.op("VMULPS %d(SI), Y8, Y%d", 128*part+32*i, i)
			a.op("VCVTPS2DQ Y%d, Y%d", i, i)
		}
		for i := range 2 {
			a.op("VPADDD Y%d, Y%d, Y9", 2*i+1, 2*i)
			a.op("VEXTRACTI128 $1, Y9, X10")
			a.op("VPADDD X10, X9, X9")
			a.op("VPHADDD X9, X9, X9")
			a.op("VPHADDD X9, X9, X9")
			a.op("VMOVD X9, R%d", 8+i)
		}
		a.op("VPACKSSDW Y1, Y0, Y0")
		a.op("VPACKSSDW Y3, Y2, Y2")
		a.op("VPACKSSWB Y2, Y0, Y0")
		a.op("VPERMD Y0, Y12, Y0")
		a.op("VMOVDQU Y0, %d(DI)", 32*part)
		sums(part)
	}
	a.label("next")
	a.op("ADDQ $%d, SI", 4*values)
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
		a.op("VMOVDQU X11, %d(DI)", i)
	}
	a.op("MOVL AX, %d(DI)", scale)
	a.op("JMP next")
}

func quantiseInputsAVX2(a *assembly) {
	// VPACKSSDW and VPACKSSWB keep the halves of a register apart; this order joins them.
	a.data("quarters", 0, 4, 1, 5, 2, 6, 3, 7)
	quantiseAVX2(a, "quantise32AVX2", "Block32", 32, block32, b32D, func(int) {
		a.op("ADDL R9, R8")
		a.op("NEGL R8")
		a.op("SHLL $3, R8")
		a.op("MOVL R8, %d(DI)", b32Less8)
		a.op("SHLL $4, R8")
		a.op("MOVL R8, %d(DI)", b32Less128)
	})
	quantiseAVX2(a, "quantise256AVX2", "Block256", 256, block256, b256D, func(part int) {
		a.op("LEAL (R8)(R9*1), R10")
		a.op("MOVW R10, %d(DI)", b256Sums+2*part)
		for i := range 2 {
			r := fmt.Sprintf("R%d", 8+i)
			a.op("NEGL %s", r)
			a.op("SHLL $5, %s", r)
			a.op("MOVL %s, %d(DI)", r, b256Less+4*(2*part+i))
		}
	})
}
