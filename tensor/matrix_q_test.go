package tensor_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"ayni.example/tensor"
)

// quantised are the formats with int8 activations.
var quantised = []tensor.Format{tensor.FormatQ8, tensor.FormatQ4_0, tensor.FormatQ4K, tensor.FormatQ6K}

// stored is random blocks: any weights and scales of the format, but finite binary16.
func stored(r *rand.Rand, f tensor.Format, blocks int) []byte {
	_, size := f.Block()
	raw := make([]byte, blocks*size)
	for i := range raw {
		raw[i] = byte(r.Uint32())
	}
	for ; blocks > 0; blocks-- {
		at := raw[(blocks-1)*size:][:size]
		scale := func(b []byte) { binary.LittleEndian.PutUint16(b, uint16(r.Uint32()&0x83ff|r.Uint32N(24)<<10)) }
		if f == tensor.FormatQ6K {
			scale(at[208:])
		} else {
			scale(at)
		}
		if f == tensor.FormatQ4K {
			scale(at[2:])
		}
		if r.IntN(8) == 0 { // the largest sums
			fill := [...]byte{0, 0x80, 0xff, 0x7f}[r.IntN(4)]
			for i := 4; i < size-2; i++ {
				at[i] = fill
			}
		}
	}
	return raw
}

// activations have the shapes that decide: zeros, tiny and huge blocks, equal extremes.
func activations(r *rand.Rand, n int) []float32 {
	x := rows(r, n)
	for at := 0; at+32 <= n; at += 32 {
		var factor float32
		switch r.IntN(8) {
		case 0:
		case 1:
			factor = 0x1p-101
		case 2:
			factor = 0x1p60
		case 3:
			for i := range 32 {
				x[at+i] = float32(1 - 2*r.IntN(2))
			}
			factor = 1
		default:
			factor = 1
		}
		for i := range 32 {
			x[at+i] *= factor
		}
	}
	return x
}

func TestQuantisedMatrixMatchesItsDefinition(t *testing.T) {
	r := source(t)
	for _, f := range quantised {
		elements, _ := f.Block()
		for _, shape := range []struct{ rows, blocks, n int }{{1, 1, 1}, {16, 1, 2}, {17, 3, 3}, {40, 2, 9}, {70, 5, 13}, {33, 4, 16}} {
			t.Run(fmt.Sprintf("%s %v", f, shape), func(t *testing.T) {
				cols := shape.blocks * elements
				raw, x := stored(r, f, shape.rows*shape.blocks), activations(r, shape.n*cols)
				m, err := tensor.NewMatrix(f, shape.rows, cols, raw)
				if err != nil {
					t.Fatal(err)
				}
				want := make([]float32, shape.n*shape.rows)
				for i := range shape.n {
					for j := range shape.rows {
						want[i*shape.rows+j] = define(f, raw[j*len(raw)/shape.rows:], x[i*cols:(i+1)*cols])
					}
				}
				for _, threads := range []int{1, 3} {
					var in tensor.Input
					in.Set(x, shape.n, cols)
					got := make([]float32, shape.n*shape.rows)
					m.Mul(tensor.NewPool(threads), got, &in)
					equal(t, f.String(), got, want)
				}
				row, from := make([]float32, cols), raw[(shape.rows-1)*len(raw)/shape.rows:]
				m.Row(row, shape.rows-1)
				for i, v := range row {
					if w := element(f, from, i); math.Float32bits(w) != math.Float32bits(v) {
						t.Fatalf("element %d is %v, want %v", i, v, w)
					}
				}
			})
		}
	}
}

// weight is the stored integer of an element, its scale and minimum, straight from the layout of the file.
func weight(f tensor.Format, raw []byte, i int) (q, scale, minimum int32, d, dmin float32) {
	elements, size := f.Block()
	b := raw[i/elements*size:][:size]
	i %= elements
	half := func(at int) float32 { return tensor.Half(binary.LittleEndian.Uint16(b[at:])) }
	switch f {
	case tensor.FormatQ8:
		return int32(int8(b[2+i])), 1, 0, half(0), 0
	case tensor.FormatQ4_0:
		return int32(b[2+i%16]>>(i/16*4)&15) - 8, 1, 0, half(0), 0
	case tensor.FormatQ4K:
		q = int32(b[16+i/64*32+i%32] >> (i / 32 % 2 * 4) & 15)
		if j := i / 32; j < 4 {
			scale, minimum = int32(b[4+j]&63), int32(b[8+j]&63)
		} else {
			scale = int32(b[8+j]&15) | int32(b[j]>>6)<<4
			minimum = int32(b[8+j]>>4) | int32(b[4+j]>>6)<<4
		}
		return q, scale, minimum, half(0), half(2)
	default:
		part := i % 128 / 32 // two pairs: low bits of both share bytes
		low := int32(b[i/128*64+part%2*32+i%32] >> (part / 2 * 4) & 15)
		high := int32(b[128+i/128*32+i%32] >> (2 * part) & 3)
		return low + 16*high - 32, int32(int8(b[192+i/16])), 0, half(208), 0
	}
}

func element(f tensor.Format, raw []byte, i int) float32 {
	q, scale, minimum, d, dmin := weight(f, raw, i)
	v := float32(float32(d*float32(scale)) * float32(q))
	if f == tensor.FormatQ4K {
		v -= float32(dmin * float32(minimum))
	}
	return v
}

// define is one output by the text of docs/spec/numerics-1.md, in 64-bit integers.
func define(f tensor.Format, raw []byte, x []float32) (acc float32) {
	elements, _ := f.Block()
	for at := 0; at < len(x); at += elements {
		d, q := activation(x[at : at+elements])
		var dot, less int64
		var dw, dmin float32
		for i, v := range q {
			var w, scale, minimum int32
			w, scale, minimum, dw, dmin = weight(f, raw, at+i)
			dot += int64(w) * int64(scale) * v
			less += int64(minimum) * v
		}
		acc += float32(float32(dw*d) * float32(dot))
		if f == tensor.FormatQ4K {
			acc -= float32(float32(dmin*d) * float32(less))
		}
	}
	return acc
}

func activation(x []float32) (float32, []int64) {
	var most float32
	for _, v := range x {
		most = max(most, float32(math.Abs(float64(v))))
	}
	q := make([]int64, len(x))
	if most <= 0x1p-100 {
		return 0, q
	}
	d := most / 127
	inv := 1 / d
	for i, v := range x {
		q[i] = int64(math.RoundToEven(float64(float32(v * inv))))
	}
	return d, q
}

func TestNotFiniteActivationsMarkEveryOutput(t *testing.T) {
	r := source(t)
	for _, f := range quantised {
		elements, _ := f.Block()
		m, err := tensor.NewMatrix(f, 20, 2*elements, stored(r, f, 40))
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
			x := rows(r, 2*elements)
			x[r.IntN(len(x))] = bad
			var in tensor.Input
			in.Set(x, 1, len(x))
			got := make([]float32, 20)
			m.Mul(tensor.NewPool(1), got, &in)
			for i, v := range got {
				if v == v {
					t.Errorf("%s: output %d of an input with %v is %v", f, i, bad, v)
				}
			}
		}
	}
}

func TestMatrixRefusesWrongShapes(t *testing.T) {
	for _, f := range quantised {
		elements, size := f.Block()
		if _, err := tensor.NewMatrix(f, 1, elements/2, make([]byte, size)); err == nil {
			t.Errorf("%s: half a block was accepted", f)
		}
		if _, err := tensor.NewMatrix(f, 2, elements, make([]byte, size)); err == nil {
			t.Errorf("%s: one row of two was accepted", f)
		}
		if g, ok := tensor.ParseFormat(f.String()); !ok || g != f {
			t.Errorf("%s does not parse", f)
		}
	}
	if _, err := tensor.NewMatrix(99, 1, 32, nil); err == nil {
		t.Error("an unknown format was accepted")
	}
	if _, ok := tensor.ParseFormat("Q2_K"); ok {
		t.Error("Q2_K is not written")
	}
}
