package peak

import "golang.org/x/sys/cpu"

//go:noescape
func fma512(n int)

//go:noescape
func fma256(n int)

// measure runs twelve chains side by side.
func measure() float64 {
	const n = 1 << 22
	switch {
	case cpu.X86.HasAVX512F:
		return n * 12 * 16 * 2 / Seconds(func() { fma512(n) }) / 1e9
	case cpu.X86.HasFMA:
		return n * 12 * 8 * 2 / Seconds(func() { fma256(n) }) / 1e9
	}
	return 0
}
