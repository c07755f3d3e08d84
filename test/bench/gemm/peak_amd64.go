package main

import "golang.org/x/sys/cpu"

//go:noescape
func fma512(n int)

//go:noescape
func fma256(n int)

// peak is how many 10^9 operations one core does when it only multiplies and adds in registers, twelve chains wide.
func peak() float64 {
	const n = 1 << 22
	switch {
	case cpu.X86.HasAVX512F:
		return n * 12 * 16 * 2 / seconds(func() { fma512(n) }) / 1e9
	case cpu.X86.HasFMA:
		return n * 12 * 8 * 2 / seconds(func() { fma256(n) }) / 1e9
	}
	return 0
}
