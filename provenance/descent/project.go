package descent

import (
	"math"

	"ayni.example/provenance/descent/sketch"
)

// seed chooses the projections. It is part of the format: another one makes sketches that compare with none.
const seed = 0x61796e692f736b31 // "ayni/sk1"

// projector adds the values of one tensor, in their order, to 32 sums. A word of a counter-based generator decides for eight values at
// once, a byte each, to which sum each goes and with which sign; so a value costs one addition, and the sums are exact
// sequences of additions in float64, the same everywhere.
type projector struct {
	sums [sketch.Projections]float64
	at   uint64 // values so far, a multiple of eight until the last ones
}

func (p *projector) add(values []float32) {
	var word uint64
	for i, v := range values {
		if i%8 == 0 {
			word = mix(p.at/8 + uint64(i)/8)
		}
		b := byte(word)
		word >>= 8
		x := float64(v)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			continue
		}
		if b&0x20 != 0 {
			x = -x
		}
		p.sums[b&0x1f] += x
	}
	p.at += uint64(len(values))
}

// mix is the output of SplitMix64 with the seed at a place of its sequence.
func mix(n uint64) uint64 {
	z := seed + (n+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// values scales the sums so that the largest magnitude is 127, ties to even. All are zero when the sums are.
func (p *projector) values() (out [sketch.Projections]int8) {
	largest := 0.0
	for _, v := range p.sums {
		largest = max(largest, math.Abs(v))
	}
	if largest == 0 || math.IsInf(largest, 0) {
		return out
	}
	for i, v := range p.sums {
		out[i] = int8(math.RoundToEven(float64(v/largest) * 127))
	}
	return out
}
