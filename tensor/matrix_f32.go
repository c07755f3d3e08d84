package tensor

import (
	"encoding/binary"
	"math"
)

// floats is a matrix of F32, F16 or BF16, widened, row after row.
type floats struct {
	rows, cols int
	w          []float32
}

func newFloats(format Format, rows, cols int, raw []byte) floats {
	f := floats{rows: rows, cols: cols, w: make([]float32, rows*cols)}
	for i := range f.w {
		switch format {
		case FormatF16:
			f.w[i] = Half(binary.LittleEndian.Uint16(raw[2*i:]))
		case FormatBF16:
			f.w[i] = BHalf(binary.LittleEndian.Uint16(raw[2*i:]))
		default:
			f.w[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	}
	return f
}

func floatsBytes(_ Format, rows, cols uint64) uint64 { return 4 * rows * cols }

func (f *floats) row(dst []float32, row int) { copy(dst, f.w[row*f.cols:(row+1)*f.cols]) }

// panelRows is how many outputs one unit of parallel work owns.
const panelRows = 24

func (f *floats) mul(p *Pool, dst []float32, in *Input) {
	panels := (f.rows + panelRows - 1) / panelRows
	p.Run(panels, panelRows*f.cols*in.n, func(i int) {
		f.mulRows(dst, in, i*panelRows, min((i+1)*panelRows, f.rows))
	})
}

// mulRows computes outputs lo to hi-1: one accumulator for each, k ascending, one FMA each.
func (f *floats) mulRows(dst []float32, in *Input, lo, hi int) {
	c := f.cols
	r := lo
	for ; r+4 <= hi; r += 4 {
		w := f.w[r*c : (r+4)*c]
		for t := range in.n {
			y := dst[t*f.rows+r : t*f.rows+r+4]
			y[0], y[1], y[2], y[3] = fma4(in.x[t*c:(t+1)*c], w[:c], w[c:2*c], w[2*c:3*c], w[3*c:])
		}
	}
	for ; r < hi; r++ {
		w := f.w[r*c : (r+1)*c]
		for t := range in.n {
			dst[t*f.rows+r] = fma1(in.x[t*c:(t+1)*c], w)
		}
	}
}
func fma1(x, w []float32) float32 {
	w = w[:len(x)]
	var acc float32
	for k, v := range x {
		acc = FMA(v, w[k], acc)
	}
	return acc
}

// fma4 runs four chains side by side to hide their latency. The accumulators are float64
// variables that hold float32 values.
func fma4(x, w0, w1, w2, w3 []float32) (y0, y1, y2, y3 float32) {
	w0, w1, w2, w3 = w0[:len(x)], w1[:len(x)], w2[:len(x)], w3[:len(x)]
	var a0, a1, a2, a3 float32
	for k, v := range x {
		v := float64(v)
		p0 := float64(v * float64(w0[k]))
		p1 := float64(v * float64(w1[k]))
		p2 := float64(v * float64(w2[k]))
		p3 := float64(v * float64(w3[k]))
		s0, s1, s2, s3 := p0+float64(a0), p1+float64(a1), p2+float64(a2), p3+float64(a3)
		if mayDoubleRound(s0) || mayDoubleRound(s1) || mayDoubleRound(s2) || mayDoubleRound(s3) {
			a0, a1 = fmaSlow(p0, float64(a0)), fmaSlow(p1, float64(a1))
			a2, a3 = fmaSlow(p2, float64(a2)), fmaSlow(p3, float64(a3))
			continue
		}
		a0, a1, a2, a3 = float32(s0), float32(s1), float32(s2), float32(s3)
	}
	return a0, a1, a2, a3
}
