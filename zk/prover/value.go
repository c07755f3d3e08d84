package prover

import (
	"ayni.example/zk/circuit"
	"ayni.example/zk/claim"
	"ayni.example/zk/field"
	"ayni.example/zk/poly"
)

// value is the sum of an entry's tensor under its functional.
func (r *run) value(e *claim.Entry) field.E {
	place := &r.plan.Tensors[e.Tensor]
	if place.Kind == circuit.Input || place.Kind == circuit.Output {
		return e.Functional.OnIntegers(r.public[e.Tensor], place.Axes)
	}
	lengths := make([]int, len(place.Bits))
	for k, n := range place.Bits {
		lengths[k] = 1 << n
	}
	return sum(e.Functional, lengths, r.padded(e.Tensor))
}

// padded is the values of a committed tensor.
func (r *run) padded(tensor int) []field.Element {
	place := &r.plan.Tensors[tensor]
	if place.Kind == circuit.Weight {
		return r.tensors[tensor].values
	}
	return r.witness[place.Offset:][:place.Size()]
}

func sum(f poly.Functional, lengths []int, values []field.Element) field.E {
	last := len(lengths) - 1
	width := lengths[last]
	v := field.Pack(f[last].Values())
	rows := make([]field.E, len(values)/width)
	for i := range rows {
		rows[i] = field.DotBase(v, values[i*width:][:width])
	}
	for k := last - 1; k >= 0; k-- {
		weights, n := f[k].Values(), lengths[k]
		for i := range len(rows) / n {
			var sum field.E
			for j, x := range rows[i*n:][:n] {
				sum = field.Add(sum, field.Mul(weights[j], x))
			}
			rows[i] = sum
		}
		rows = rows[:len(rows)/n]
	}
	return rows[0]
}

// tensor is what a reading reads: padded lengths, zero beyond the real ones.
type tensor struct {
	axes, bits []int
	values     []field.Element
}

func (r *run) read(reading circuit.Reading) tensor {
	t := tensor{}
	t.axes, t.bits = claim.Shape(r.plan, reading)
	size := 0
	for _, n := range t.bits {
		size += n
	}
	if first := &r.plan.Tensors[reading[0]]; len(reading) == 1 && first.Kind == circuit.Witness && full(first) {
		t.values = r.padded(reading[0])
		return t
	}
	t.values = make([]field.Element, 1<<size)
	offset := 0
	for _, id := range reading {
		r.copyTo(&t, offset, id)
		offset += r.plan.Tensors[id].Axes[0]
	}
	return t
}

// full says whether no axis is padded.
func full(place *circuit.Place) bool {
	for k, n := range place.Axes {
		if n != 1<<place.Bits[k] {
			return false
		}
	}
	return true
}

// copyTo copies the real values of a tensor behind what is in t on the first axis, last axis by last axis.
func (r *run) copyTo(t *tensor, offset int, id int) {
	place := &r.plan.Tensors[id]
	last := len(place.Axes) - 1
	width, rows := place.Axes[last], 1
	for _, n := range place.Axes[:last] {
		rows *= n
	}
	for row := range rows {
		at, padded, rest, unit, paddedUnit := 0, 0, row, 1<<t.bits[last], 1<<place.Bits[last]
		for k := last - 1; k >= 0; k-- {
			i := rest % place.Axes[k]
			rest /= place.Axes[k]
			padded += i * paddedUnit
			if k == 0 {
				i += offset
			}
			at += i * unit
			unit, paddedUnit = unit<<t.bits[k], paddedUnit<<place.Bits[k]
		}
		if last == 0 {
			at = offset
		}
		dst := t.values[at:][:width]
		if place.Kind == circuit.Witness {
			copy(dst, r.padded(id)[padded:])
			continue
		}
		for j, x := range r.public[id][row*width:][:width] {
			dst[j] = field.BaseInt(int64(x))
		}
	}
}
