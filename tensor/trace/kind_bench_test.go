package trace_test

import (
	"testing"

	"ayni.example/tensor/trace"
)

// largest is the shape with the most work a chunk.
func largest() trace.Shape {
	return trace.Shape{
		Layers: 1, Width: 96, Heads: 2, KVHeads: 1, HeadSize: 128, Inner: 96, Vocab: 96, Windows: 2, Length: 128,
		Eps: 0x3727c5ac, Clip: 0x3ff0000000000000,
	}
}

// BenchmarkCompute is one chunk of each kind, the last one, as the ledger computes it.
func BenchmarkCompute(b *testing.B) {
	p, err := trace.NewProgram(largest())
	if err != nil {
		b.Fatal(err)
	}
	done := map[trace.Kind]bool{}
	for i, o := range p.Operations() {
		if done[o.Kind] {
			continue
		}
		done[o.Kind] = true
		b.Run(o.Kind.String(), func(b *testing.B) {
			tile := max(0, p.Tiles(i)-2)
			chunk := p.Chunks(i, tile) - 1
			operands := random(b, p, i, tile, chunk)
			var carry []uint32
			if chunk > 0 {
				carry = make([]uint32, p.Carry(i, tile))
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Compute(i, tile, chunk, carry, operands); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// random are operands of ordinary numbers.
func random(tb testing.TB, p *trace.Program, tensor, tile, chunk int) [][]uint32 {
	tb.Helper()
	list, err := p.Operands(tensor, tile, chunk)
	if err != nil {
		tb.Fatal(err)
	}
	state := uint32(1)
	in := make([][]uint32, 0, len(list))
	for _, o := range list {
		t, err := p.Lookup(o)
		if err != nil {
			tb.Fatal(err)
		}
		rows, cols := t.Size(o.Tile)
		words := make([]uint32, rows*cols)
		for i := range words {
			state = state*1664525 + 1013904223
			words[i] = 0x3e000000 | state>>8&0x81ffffff | state<<31 // 1/8 to 2, both signs
			if o.Source == trace.Tokens {
				words[i] = state >> 8 % 96
			}
		}
		in = append(in, words)
	}
	return in
}
