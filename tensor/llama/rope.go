package llama

import (
	"fmt"

	"ayni.example/tensor"
)

// rope says how positions turn queries and keys.
type rope struct {
	base     float32
	scale    float32 // of positions, linear
	original int     // positions of the first training
	yarn     *tensor.Yarn
}

// rope reads the scaling of positions, none unless the file names one.
func (k *keys) rope(context int) rope {
	r := rope{base: k.float("rope.freq_base", 10000), scale: 1}
	r.original = k.number("rope.scaling.original_context_length", context)
	kind := "none"
	if k.err == nil {
		kind, k.err = k.m.StringOr(k.prefix+"rope.scaling.type", kind)
	}
	if k.err != nil {
		return r
	}
	if !(r.base >= 1 && r.base <= 1e30) || r.original < 1 {
		k.err = fmt.Errorf("%srope.freq_base %v or rope.scaling.original_context_length %d is out of range", k.prefix, r.base, r.original)
		return r
	}
	switch kind {
	case "none":
	case "linear":
		r.scale = 1 / k.stretch()
	case "yarn":
		r.yarn = k.yarn(r)
	default:
		k.err = &UnsupportedError{Feature: "RoPE scaling of type " + kind}
	}
	if a := k.float("rope.scaling.attn_factor", 1); a != 1 && k.err == nil {
		k.err = &UnsupportedError{Feature: "a rope.scaling.attn_factor other than 1"}
	}
	return r
}

// stretch is the factor by which positions are divided.
func (k *keys) stretch() float32 {
	if k.err != nil {
		return 1
	}
	factor, err := k.m.Float(k.prefix + "rope.scaling.factor")
	if err == nil && !(factor >= 1 && factor <= 1e6) {
		err = fmt.Errorf("%srope.scaling.factor %v is out of range", k.prefix, factor)
	}
	if k.err = err; err != nil {
		return 1
	}
	return factor
}

// yarn reads the parameters of YaRN. Attention is sharpened by 1 + 0.1 log(factor), which yarn_log_multiplier takes
// back in part.
func (k *keys) yarn(r rope) *tensor.Yarn {
	y := &tensor.Yarn{
		Factor: float64(k.stretch()), Context: float64(r.original),
		BetaFast: float64(k.float("rope.scaling.yarn_beta_fast", 32)),
		BetaSlow: float64(k.float("rope.scaling.yarn_beta_slow", 1)),
	}
	multiplier := float64(k.float("rope.scaling.yarn_log_multiplier", 0))
	if k.err != nil {
		return nil
	}
	bounded := func(v, from, to float64) bool { return v >= from && v <= to }
	if !bounded(y.BetaFast, 1e-3, 1e6) || !bounded(y.BetaSlow, 1e-3, 1e6) || !bounded(multiplier, 0, 100) || r.base < 1.5 {
		k.err = fmt.Errorf("%srope.scaling.yarn has parameters %v, %v, %v or a base %v that are out of range",
			k.prefix, y.BetaFast, y.BetaSlow, multiplier, r.base)
		return nil
	}
	log := tensor.Log(y.Factor)
	y.Magnitude = (1 + float64(0.1*log)) / (1 + float64(float64(0.1*multiplier)*log))
	return y
}

// rotary computes the frequencies, divided by the factors of the file if there are any.
func (s *shape) newRotary(factors []float32) (*tensor.Rotary, error) {
	for _, f := range factors {
		// Frequencies are at most 1/f, and every angle must stay in the range of tensor.SinCos.
		if !(f >= 0.125 && f <= 1e6 && float64(s.context) <= float64(float64(f)*tensor.MaxAngle)) {
			return nil, fmt.Errorf("rope_freqs.weight has the factor %v, which is out of range", f)
		}
	}
	if s.rope.yarn != nil {
		return tensor.NewYarn(s.rotary, float64(s.rope.base), *s.rope.yarn, factors), nil
	}
	return tensor.NewRotary(s.rotary, float64(s.rope.base), float64(s.rope.scale), factors), nil
}

// heat makes queries grow with their position, so that attention over long contexts stays sharp.
type heat struct {
	scale    float64 // 0 is none
	interval int     // positions
}

func (k *keys) heat(f family, original int) heat {
	h := heat{scale: float64(k.float("attention.temperature_scale", 0)), interval: original}
	switch {
	case k.err != nil || h.scale == 0:
		h.scale = 0
	case !f.heated:
		k.err = &UnsupportedError{Feature: "an attention temperature"}
	case !(h.scale > 0 && h.scale <= 100):
		k.err = fmt.Errorf("%sattention.temperature_scale %v is out of range", k.prefix, h.scale)
	}
	return h
}

// factor is what the query of a position is multiplied by.
func (h heat) factor(position int) float32 {
	return float32(float64(tensor.Log(float64(position/h.interval+1))*h.scale) + 1)
}
