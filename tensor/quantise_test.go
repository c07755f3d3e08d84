package tensor_test

import (
	"bytes"
	"math"
	"testing"

	"ayni.example/tensor"
)

// The relative errors of values from a normal distribution. Rounding to the nearest of 15 levels of the block's largest value
// costs about 0.12, so the bounds fail when a search gets worse than none.
func TestEncodersLoseLittle(t *testing.T) {
	r := source(t)
	x := rows(r, 64*256)
	for _, c := range []struct {
		format tensor.Format
		most   float64
	}{{tensor.FormatQ8, 0.0062}, {tensor.FormatQ6K, 0.021}, {tensor.FormatQ4K, 0.078}, {tensor.FormatQ4_0, 0.091}, {tensor.FormatF16, 0.0003}, {tensor.FormatBF16, 0.0025}, {tensor.FormatF32, 0}} {
		raw, err := tensor.AppendRows(c.format, nil, x)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := tensor.AppendRows(c.format, nil, x)
		if !bytes.Equal(raw, again) {
			t.Errorf("%s: two encodings differ", c.format)
		}
		y := make([]float32, len(x))
		if err := tensor.Decode(c.format, y, raw); err != nil {
			t.Fatal(err)
		}
		var e, s float64
		for i := range x {
			e += float64(x[i]-y[i]) * float64(x[i]-y[i])
			s += float64(x[i]) * float64(x[i])
		}
		t.Logf("%s: relative error %.5f", c.format, math.Sqrt(e/s))
		if math.Sqrt(e/s) > c.most {
			t.Errorf("%s: relative error %.5f, want at most %.5f", c.format, math.Sqrt(e/s), c.most)
		}
	}
}

func TestEncodersMeetEdges(t *testing.T) {
	r := source(t)
	edges := map[string]func(i int) float32{
		"zeros":      func(int) float32 { return 0 },
		"ones":       func(int) float32 { return 1 },
		"less one":   func(int) float32 { return -1 },
		"tiny":       func(int) float32 { return 0x1p-140 },
		"subnormal":  func(i int) float32 { return float32(i) * 0x1p-20 },
		"large":      func(i int) float32 { return float32(1-2*(i%2)) * 65504 },
		"one spike":  func(i int) float32 { return []float32{0, 1000}[(i%256)/255] },
		"all above":  func(int) float32 { return 3 + r.Float32() },
		"all below":  func(int) float32 { return -3 - r.Float32() },
		"mixed size": func(i int) float32 { return (r.Float32() - 0.5) / float32(1+i) },
	}
	for name, value := range edges {
		x := make([]float32, 512)
		var most float64
		for i := range x {
			x[i] = value(i)
			most = max(most, math.Abs(float64(x[i])))
		}
		for _, f := range quantised {
			raw, err := tensor.AppendRows(f, nil, x)
			if err != nil {
				t.Fatal(name, f, err)
			}
			y := make([]float32, len(x))
			if err := tensor.Decode(f, y, raw); err != nil {
				t.Fatal(name, f, err)
			}
			for i := range y {
				// A level of a block is at most an eighth of its largest value, and the scale may be lost below 2^-25.
				if e := math.Abs(float64(y[i] - x[i])); !(e <= most/7+0x1p-15) {
					t.Errorf("%s as %s: element %d is %v, want %v", name, f, i, y[i], x[i])
					break
				}
			}
		}
	}
}

func TestEncodersRefuseWhatTheyCannotStore(t *testing.T) {
	for _, f := range quantised {
		elements, size := f.Block()
		x := make([]float32, elements)
		for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), 1e6} {
			x[3] = bad
			if _, err := tensor.AppendRows(f, nil, x); err == nil {
				t.Errorf("%s: %v was stored", f, bad)
			}
		}
		if _, err := tensor.AppendRows(f, nil, x[1:]); err == nil {
			t.Errorf("%s: a part of a block was stored", f)
		}
		if err := tensor.Decode(f, x, make([]byte, size-1)); err == nil {
			t.Errorf("%s: a part of a block was read", f)
		}
	}
}

func FuzzDecodeQuantised(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, kind uint8) {
		format := quantised[int(kind)%len(quantised)]
		elements, size := format.Block()
		b = b[:min(len(b), 1<<12)/size*size]
		if len(b) == 0 {
			return
		}
		x := make([]float32, len(b)/size*elements)
		if err := tensor.Decode(format, x, b); err != nil {
			t.Fatal(err)
		}
		m, err := tensor.NewMatrix(format, 1, len(x), b)
		if err != nil {
			t.Fatal(err)
		}
		row := make([]float32, len(x))
		m.Row(row, 0)
		for i := range row {
			if row[i] != x[i] && (row[i] == row[i] || x[i] == x[i]) {
				t.Fatalf("element %d is %v in a row, %v decoded", i, row[i], x[i])
			}
		}
	})
}
