package tensor

// Rotary holds the RoPE frequencies of one model. Pairs are neighbours (interleaved), the
// order of GGUF files of the llama architecture.
type Rotary struct {
	freq []float64 // radians per position, one for each pair
}

// NewRotary computes base^(-2i/dims) / factor[i] for each pair; factors may be nil.
func NewRotary(dims int, base float64, scale float64, factors []float32) *Rotary {
	r := &Rotary{freq: make([]float64, dims/2)}
	log := Log(base)
	for i := range r.freq {
		r.freq[i] = float64(exp64(-float64(float64(2*i)/float64(dims)*log)) * scale)
		if factors != nil {
			r.freq[i] /= float64(factors[i])
		}
	}
	return r
}

// Pairs is the number of rotated pairs.
func (r *Rotary) Pairs() int { return len(r.freq) }

// Angles fills the sines and cosines of one position.
func (r *Rotary) Angles(pos int, sin, cos []float32) {
	for i, f := range r.freq {
		s, c := SinCos(float64(float64(pos) * f))
		sin[i], cos[i] = float32(s), float32(c)
	}
}

// Rotate turns the pairs of one head in place; elements beyond the pairs stay.
func Rotate(head, sin, cos []float32) { rows().Rotate(head[:2*len(sin)], sin, cos[:len(sin)]) }

// RotateHalf is Rotate for pairs (i, i+len(sin)), the order of half-split models.
func RotateHalf(head, sin, cos []float32) { rows().RotateHalf(head[:2*len(sin)], sin, cos[:len(sin)]) }
