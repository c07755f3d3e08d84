package tensor_test

import (
	"encoding/binary"
	"math"
	"testing"

	"ayni.example/tensor"
)

// encode stores numbers that need not be finite; what F16 cannot hold becomes infinite.
func encode(format tensor.Format, x []float32) []byte {
	var b []byte
	for _, v := range x {
		switch format {
		case tensor.FormatF16:
			b = binary.LittleEndian.AppendUint16(b, tensor.ToHalf(v))
		case tensor.FormatBF16:
			b = binary.LittleEndian.AppendUint16(b, tensor.ToBHalf(v))
		default:
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
	}
	return b
}

// TestFloatMatricesMatchTheirDefinition multiplies one row, a few and many by matrices of each format, and reads rows back.
func TestFloatMatricesMatchTheirDefinition(t *testing.T) {
	r := source(t)
	for _, format := range []tensor.Format{tensor.FormatF32, tensor.FormatF16, tensor.FormatBF16} {
		for _, shape := range [][2]int{{1, 1}, {31, 5}, {32, 64}, {33, 70}, {160, 48}, {300, 600}} {
			rows, cols := shape[0], shape[1]
			raw := encode(format, awkward(r.Uint32(), rows*cols))
			m, err := tensor.NewMatrix(format, rows, cols, raw)
			if err != nil {
				t.Fatal(err)
			}
			w := make([]float32, rows*cols)
			for i := range rows {
				m.Row(w[i*cols:(i+1)*cols], i)
			}
			if string(encode(format, w)) != string(raw) {
				t.Fatalf("%s %d x %d: rows read back are other numbers", format, rows, cols)
			}
			for _, n := range []int{1, 2, 13, 120} {
				if n*rows*cols > 3e6 {
					continue // the definition is slow
				}
				x := awkward(r.Uint32(), n*cols)
				want, got := chain(w, x, rows, cols, n), make([]float32, n*rows)
				for threads := 1; threads <= 3; threads++ {
					var in tensor.Input
					in.Set(x, n, cols)
					m.Mul(tensor.NewPool(threads), got, &in)
					for i := range want {
						if math.Float32bits(got[i]) != math.Float32bits(want[i]) && (got[i] == got[i] || want[i] == want[i]) {
							t.Fatalf("%s %d x %d times %d rows, %d threads: output %d is %x, want %x", format, rows, cols, n, threads, i, got[i], want[i])
						}
					}
				}
			}
		}
	}
}

// TestFloatMatricesPassOnWhatIsNotFinite holds that no kernel loses a NaN or an infinity.
func TestFloatMatricesPassOnWhatIsNotFinite(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, format := range []tensor.Format{tensor.FormatF32, tensor.FormatF16, tensor.FormatBF16} {
		for _, bad := range []float32{inf, -inf, float32(math.NaN())} {
			w := make([]float32, 40*8)
			for i := range w {
				w[i] = 1
			}
			w[35*8+7] = bad
			m, err := tensor.NewMatrix(format, 40, 8, encode(format, w))
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range []int{1, 5} {
				var in tensor.Input
				in.Set(w[:8*n], n, 8)
				got := make([]float32, 40*n)
				m.Mul(tensor.NewPool(1), got, &in)
				for i, v := range got {
					want := float32(8)
					if i%40 == 35 {
						want = bad
					}
					if v != want && (v == v || want == want) {
						t.Errorf("%s with %v, %d rows: output %d is %v", format, bad, n, i, v)
					}
				}
			}
		}
	}
}
