package commit

import (
	"ayni.example/zk/field"
	"ayni.example/zk/transcript"
)

// proveRounds is a sumcheck of the sum of a[i] b[i] over its first variables (Thaler, Proofs, Arguments, and Zero-Knowledge,
// 4.1). It binds them, in place, and returns what is left of the vectors.
func proveRounds(w *transcript.Writer, a, b field.Vec, rounds uint32) (field.Vec, field.Vec) {
	for ; rounds > 0 && len(a) > 1; rounds-- {
		w.Send("round", pair(field.ProductRound(a, b))...)
		r, h := w.Challenge(), len(a)/2
		field.FoldVec(a[:h], a[:h], a[h:], r)
		field.FoldVec(b[:h], b[:h], b[h:], r)
		a, b = a[:h], b[:h]
	}
	if rounds > 0 {
		proveLast(w, a.Unpack(field.Lanes), b.Unpack(field.Lanes))
	}
	return a, b
}

// proveLast is the rounds within a block.
func proveLast(w *transcript.Writer, a, b []field.E) {
	for len(a) > 1 {
		h := len(a) / 2
		var at0, lead field.E
		for i := range h {
			at0 = field.Add(at0, field.Mul(a[i], b[i]))
			lead = field.Add(lead, field.Mul(field.Sub(a[h+i], a[i]), field.Sub(b[h+i], b[i])))
		}
		w.Send("round", at0, lead)
		r := w.Challenge()
		a, b = fold(a, r), fold(b, r)
	}
}

// fold binds the first variable of a list, in place.
func fold(a []field.E, r field.E) []field.E {
	h := len(a) / 2
	for i := range h {
		a[i] = field.Add(a[i], field.Mul(r, field.Sub(a[h+i], a[i])))
	}
	return a[:h]
}

// verifyRounds takes a claim through the rounds of a sumcheck of a product: its point, and what is claimed there.
func verifyRounds(r *transcript.Reader, claim field.E, rounds uint32) ([]field.E, field.E, error) {
	point := make([]field.E, rounds)
	for i := range point {
		g, err := r.Receive("round", 2)
		if err != nil {
			return nil, claim, err
		}
		at0, lead := g[0], g[1]
		x := r.Challenge()
		linear := field.Sub(field.Sub(claim, field.Add(at0, at0)), lead) // at0 + linear + lead = claim - at0
		claim = field.Add(at0, field.Mul(x, field.Add(linear, field.Mul(x, lead))))
		point[i] = x
	}
	return point, claim, nil
}

func pair(a, b field.E) []field.E { return []field.E{a, b} }
