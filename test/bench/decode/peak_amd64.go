package main

import (
	"bytes"

	"golang.org/x/sys/cpu"
)

//go:noescape
func vnni(n int)

// int8Peak is how many 10^9 int8 products one core adds up a second when it only does that, in registers, twelve chains wide.
func int8Peak() float64 {
	if !cpu.X86.HasAVX512VNNI {
		return 0
	}
	const n = 1 << 22
	best := 0.0
	for range 5 {
		s, err := seconds(func() error {
			vnni(n)
			return nil
		})
		if err == nil && s > 0 {
			best = max(best, n*12*64/s/1e9)
		}
	}
	return best
}

//go:noescape
func load(p *byte, n int)

// stream reads memory in order; its length is a multiple of 512.
func stream(b []byte) {
	if cpu.X86.HasAVX512F {
		load(&b[0], len(b)/512)
	} else {
		bytes.IndexByte(b, 1)
	}
}
