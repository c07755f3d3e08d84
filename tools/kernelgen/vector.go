package main

import (
	"fmt"
	"math"
)

// vector writes the row operations and the attention kernels. A row advances by sixteen elements: one register of AVX-512,
// or two of AVX2, whose bodies are the same code emitted for each half.
func vector(a *assembly) {
	constants := make([]uint32, 0, 16*len(vectorConstants()))
	for _, c := range vectorConstants() {
		for range 16 {
			constants = append(constants, c.bits)
		}
	}
	a.data("vectorConst", constants...)
	masks := make([]uint32, 32)
	for i := range 16 {
		masks[i] = 0xffffffff
	}
	a.data("vectorMask", masks...)
	evens := make([]uint32, 16)
	for i := 0; i < 16; i += 2 {
		evens[i] = 0x80000000
	}
	a.data("vectorEven", evens...)
	for _, f := range []family{{name: "AVX512", prefix: "Z", halves: 1}, {name: "AVX2", prefix: "Y", halves: 2}} {
		reductions(a, f)
		choices(a, f)
		elements(a, f)
		exponentials(a, f)
		backward(a, f)
		rotations(a, f)
		attention(a, f)
	}
}

type constant struct {
	name string
	bits uint32
}

// vectorConstants are those of the numerics profile, each stored sixteen times.
func vectorConstants() []constant {
	f := math.Float32bits
	return []constant{
		{"log2e", f(1.44269504)},
		{"magic", f(12582912)},
		{"ln2high", f(0.693359375)},
		{"ln2low", f(-2.12194440e-4)},
		{"p0", f(1.9875691500e-4)},
		{"p1", f(1.3981999507e-3)},
		{"p2", f(8.3334519073e-3)},
		{"p3", f(4.1665795894e-2)},
		{"p4", f(1.6666665459e-1)},
		{"p5", f(5.0000001201e-1)},
		{"one", f(1)},
		{"underflow", f(-87.33654)},
		{"overflow", f(88.72284)},
		{"inf", 0x7f800000},
		{"minusInf", 0xff800000},
		{"sign", 0x80000000},
		{"bias", 127},
		{"minusMagic", 0x100000000 - 0x4B400000},
	}
}

func number(name string) string {
	for i, c := range vectorConstants() {
		if c.name == name {
			return fmt.Sprintf("vectorConst<>+%d(SB)", 64*i)
		}
	}
	panic("no constant " + name)
}

// family is an instruction set: its registers, and how many make sixteen lanes.
type family struct {
	name, prefix string
	halves       int
}

func (f family) wide() bool { return f.halves == 1 }

func (f family) bytes() int { return 64 / f.halves }

func (f family) reg(i int) string { return fmt.Sprintf("%s%d", f.prefix, i) }
