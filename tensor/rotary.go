package tensor

// Rotary holds the RoPE frequencies of one model. How elements pair up is the caller's choice
// of [Rotate] or [RotateHalf].
type Rotary struct {
	freq      []float64 // radians per position, one for each pair
	magnitude float64   // factor of sines and cosines
}

// NewRotary computes base^(-2i/dims) * scale / factor[i] for each pair; factors may be nil.
func NewRotary(dims int, base float64, scale float64, factors []float32) *Rotary {
	r := &Rotary{freq: make([]float64, dims/2), magnitude: 1}
	for i := range r.freq {
		r.freq[i] = float64(frequency(i, dims, base) * scale)
	}
	r.divide(factors)
	return r
}

// Yarn stretches positions by a factor: pairs that turn often within the original context
// keep their frequency, slow ones are divided by the factor, those between are mixed.
type Yarn struct {
	Factor             float64
	Context            float64 // positions that the model was first trained for
	BetaFast, BetaSlow float64 // turns within that context, from which and up to which to mix
	Magnitude          float64 // factor of sines and cosines
}

// NewYarn is NewRotary with frequencies stretched by YaRN (Peng and others, 2023).
func NewYarn(dims int, base float64, y Yarn, factors []float32) *Rotary {
	r := &Rotary{freq: make([]float64, dims/2), magnitude: y.Magnitude}
	low, high := max(0, floor(y.pair(y.BetaFast, dims, base))), min(float64(dims-1), ceil(y.pair(y.BetaSlow, dims, base)))
	for i := range r.freq {
		f := frequency(i, dims, base)
		slow := min(1, max(0, (float64(i)-low)/max(0.001, high-low)))
		r.freq[i] = float64(f*(1-slow)) + float64(f/y.Factor*slow)
	}
	r.divide(factors)
	return r
}

// pair is the index, not rounded, of the pair that turns a number of times within the
// context.
func (y Yarn) pair(turns float64, dims int, base float64) float64 {
	return float64(float64(dims)*Log(y.Context/float64(turns*6.283185307179586))) / float64(2*Log(base))
}

func frequency(pair, dims int, base float64) float64 {
	return exp64(-float64(float64(2*pair) / float64(dims) * Log(base)))
}

func (r *Rotary) divide(factors []float32) {
	for i := range factors {
		r.freq[i] /= float64(factors[i])
	}
}

// floor and ceil are exact for the small numbers of pairs.
func floor(x float64) float64 {
	n := float64(int64(x))
	if n > x {
		n--
	}
	return n
}

func ceil(x float64) float64 { return -floor(-x) }

// Pairs is the number of rotated pairs.
func (r *Rotary) Pairs() int { return len(r.freq) }

// Angles fills the sines and cosines of one position.
func (r *Rotary) Angles(pos int, sin, cos []float32) {
	for i, f := range r.freq {
		s, c := SinCos(float64(float64(pos) * f))
		sin[i], cos[i] = float32(float64(s*r.magnitude)), float32(float64(c*r.magnitude))
	}
}

// Rotate turns the pairs of one head in place; elements beyond the pairs stay.
func Rotate(head, sin, cos []float32) { rows().Rotate(head[:2*len(sin)], sin, cos[:len(sin)]) }

// RotateHalf is Rotate for pairs (i, i+len(sin)), the order of half-split models.
func RotateHalf(head, sin, cos []float32) { rows().RotateHalf(head[:2*len(sin)], sin, cos[:len(sin)]) }
