package prover

import (
	"ayni.example/zk/circuit"
	"ayni.example/zk/claim"
	"ayni.example/zk/field"
	"ayni.example/zk/sumcheck"
	"ayni.example/zk/transcript"
)

// zeroChecks proves that the maximum of a window is one of its values, and that bits are bits.
func (r *run) zeroChecks() {
	for i, op := range r.circuit.Operations {
		if op.MaxPool != nil {
			r.maximum(i)
		}
	}
	for i, op := range r.circuit.Operations {
		if op.Forest != nil {
			r.bits(i)
		}
	}
}

func (r *run) maximum(index int) {
	op := r.circuit.Operations[index].MaxPool
	u := r.proof.Draw(transcript.Rounds, r.plan.Tensors[op.Output].Log())
	windows := op.Window[0] * op.Window[1]
	columns := make([][]field.Element, windows)
	for d := range columns {
		columns[d] = r.difference(op, d)
	}
	r.differences[index] = columns
	point, values := sumcheck.ProveZero(r.proof, u, columns)
	entries := claim.Pool(r.plan, index, point)
	r.poolValues(op, entries, values)
	r.send("pool", entries)
}

// poolValues fills in y and x_d, where values are y - x_d.
func (r *run) poolValues(op *circuit.MaxPool, entries []claim.Entry, values []field.E) {
	for i := range entries {
		if i > 0 && len(op.Reading) == 1 {
			entries[i].Value = field.Sub(entries[0].Value, values[i-1])
			continue
		}
		entries[i].Value = r.value(&entries[i])
	}
}

// difference is y - x_d at each padded position of the output.
func (r *run) difference(op *circuit.MaxPool, d int) []field.Element {
	in, place := r.read(op.Reading), &r.plan.Tensors[op.Output]
	y := append([]field.Element(nil), r.padded(op.Output)...)
	dy, dx := d/op.Window[1], d%op.Window[1]
	for c := range place.Axes[0] {
		for py := range place.Axes[1] {
			to := y[(c<<place.Bits[1]+py)<<place.Bits[2]:][:place.Axes[2]]
			from := in.values[(c<<in.bits[1]+py*op.Stride[0]+dy)<<in.bits[2]:]
			for px := range to {
				to[px].Sub(&to[px], &from[px*op.Stride[1]+dx])
			}
		}
	}
	return y
}

func (r *run) bits(index int) {
	levels := r.plan.Steps[index].Levels
	n := r.plan.Tensors[levels[0].Bit].Log()
	drawn := r.proof.Draw(transcript.Rounds, n+1)
	u, m := drawn[:n], drawn[n]
	columns := make([][]field.Element, len(levels))
	for d, level := range levels {
		columns[d] = r.padded(level.Bit)
	}
	point, values := sumcheck.ProveBits(r.proof, u, m, columns)
	entries := claim.Bits(r.plan, index, point)
	for d := range entries {
		entries[d].Value = values[d]
	}
	r.send("bits", entries)
}
