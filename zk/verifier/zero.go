package verifier

import (
	"ayni.example/zk/claim"
	"ayni.example/zk/field"
	"ayni.example/zk/sumcheck"
	"ayni.example/zk/transcript"
)

// zeroChecks holds that the maximum of a window is one of its values, and that bits are bits.
func (v *verification) zeroChecks() error {
	for i, op := range v.Circuit.Operations {
		if op.MaxPool != nil {
			if err := v.maximum(i); err != nil {
				return err
			}
		}
	}
	for _, i := range forests(v.Circuit) {
		if err := v.bits(i); err != nil {
			return err
		}
	}
	return nil
}

// maximum checks prod_d (y - x_d) = 0.
func (v *verification) maximum(index int) error {
	op := v.Circuit.Operations[index].MaxPool
	windows := op.Window[0] * op.Window[1]
	u, err := v.proof.Draw(transcript.Rounds, v.plan.Tensors[op.Output].Log())
	if err != nil {
		return refuse(ErrZero, err)
	}
	point, rest, err := sumcheck.VerifyZero(v.proof, u, windows, field.Zero())
	if err != nil {
		return refuse(ErrZero, err)
	}
	entries := claim.Pool(v.plan, index, point)
	values, err := v.receive(ErrZero, "pool", entries)
	if err != nil {
		return err
	}
	differences := windowValues(entries, values, windows)
	for d, x := range differences {
		differences[d] = field.Sub(values[0], x)
	}
	if sumcheck.ProductAt(differences) != rest {
		return refuse(ErrZero, errValue)
	}
	return nil
}

// windowValues is x_d for each d, of the entries behind y.
func windowValues(entries []claim.Entry, values []field.E, windows int) []field.E {
	x := make([]field.E, windows)
	for i := 1; i < len(entries); i++ {
		d := entries[i].Window
		x[d] = field.Add(x[d], values[i])
	}
	return x
}

// bits checks sum_d m^d bit_d (bit_d - 1) = 0.
func (v *verification) bits(index int) error {
	levels := v.plan.Steps[index].Levels
	n := v.plan.Tensors[levels[0].Bit].Log()
	drawn, err := v.proof.Draw(transcript.Rounds, n+1)
	if err != nil {
		return refuse(ErrZero, err)
	}
	u, m := drawn[:n], drawn[n]
	point, rest, err := sumcheck.VerifyZero(v.proof, u, 2, field.Zero())
	if err != nil {
		return refuse(ErrZero, err)
	}
	values, err := v.receive(ErrZero, "bits", claim.Bits(v.plan, index, point))
	if err != nil {
		return err
	}
	if sumcheck.BitsAt(m, values) != rest {
		return refuse(ErrZero, errValue)
	}
	return nil
}

// receive is a message whose elements are values of tensors.
func (v *verification) receive(section error, tag string, entries []claim.Entry) ([]field.E, error) {
	values, err := v.proof.Receive(tag, len(entries))
	if err != nil {
		return nil, refuse(section, err)
	}
	for i := range entries {
		if err := v.claim(entries[i], values[i]); err != nil {
			return nil, err
		}
	}
	return values, nil
}
