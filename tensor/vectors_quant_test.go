package tensor_test

import "ayni.example/tensor"

// formats are the vectors of the stored formats beside F32 and Q8_0. Byte i of a matrix is (i*i*167 + i*43 + 11) mod 256, and
// every scale is finite because bit 14 of each binary16 or bfloat16 is cleared.
func formats(line func(string, ...any)) {
	for _, f := range []tensor.Format{tensor.FormatF16, tensor.FormatBF16, tensor.FormatQ4_0, tensor.FormatQ4K, tensor.FormatQ6K} {
		elements, size := f.Block()
		cols := max(32, 2*elements)
		raw := make([]byte, 3*cols/elements*size)
		for i := range raw {
			raw[i] = byte(i*i*167 + i*43 + 11)
		}
		for at := 0; at < len(raw); at += size {
			switch f {
			case tensor.FormatQ6K:
				raw[at+209] &^= 0x40
			case tensor.FormatQ4K:
				raw[at+1] &^= 0x40
				raw[at+3] &^= 0x40
			default:
				raw[at+1] &^= 0x40
			}
		}
		m, err := tensor.NewMatrix(f, 3, cols, raw)
		if err != nil {
			panic(err)
		}
		var in tensor.Input
		in.Set(ramp(2*cols, 37), 2, cols)
		y, row := make([]float32, 6), make([]float32, cols)
		m.Mul(tensor.NewPool(1), y, &in)
		m.Row(row, 2)
		line("%s matrix 3 x %d of bytes (i*i*167 + i*43 + 11), scales and %04x, times 2 rows ramp(%d, 37) =%s", f, cols, 0xbfff, 2*cols, bits32(y...))
		line("its row 2, first 24 =%s", bits32(row[:24]...))
	}
}
