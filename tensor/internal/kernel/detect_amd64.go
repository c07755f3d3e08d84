package kernel

import "golang.org/x/sys/cpu"

// detected are the families beyond the portable one, slowest first. Each builds on the one before it.
func detected() []*Table {
	x := &cpu.X86
	if !x.HasAVX2 || !x.HasFMA || !x.HasF16C {
		return nil
	}
	avx2 := portable()
	avx2.Name = "avx2"
	gemmAVX2(&avx2.Gemm)
	quantAVX2(&avx2.Quant)
	vectorAVX2(&avx2.Vector)
	if !x.HasBMI2 || !x.HasAVX512F || !x.HasAVX512BW || !x.HasAVX512DQ || !x.HasAVX512VL || !x.HasAVX512VNNI {
		return []*Table{avx2}
	}
	avx512 := new(Table)
	*avx512 = *avx2
	avx512.Name = "avx512"
	gemmAVX512(&avx512.Gemm)
	quantAVX512(&avx512.Quant)
	vectorAVX512(&avx512.Vector)
	return []*Table{avx2, avx512}
}
