//go:build !purego

package field

import "golang.org/x/sys/cpu"

// detected are the families beyond the portable one, slowest first.
func detected() []*kernels {
	x := &cpu.X86
	if !x.HasAVX2 {
		return nil
	}
	if !x.HasAVX512F || !x.HasAVX512BW || !x.HasAVX512DQ || !x.HasAVX512VL || !x.HasAVX512VNNI {
		return []*kernels{avx2()}
	}
	return []*kernels{avx2(), avx512()}
}
