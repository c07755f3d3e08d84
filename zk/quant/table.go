package quant

import (
	"math"

	"ayni.example/zk/circuit"
)

// activation is a function that a table computes, with the range of its results in calibration.
type activation struct {
	kind           string // identity, Relu, Clip, Sigmoid
	low, high      float64
	floor, ceiling float64
	top            []float64 // of each channel, where what reads the result can take a scale for each
}

// sigmoidStep is the step of a sigmoid's argument: its slope is at most 1/4, so a step moves the result by one unit of 255 at most.
const sigmoidStep = 1.0 / 64

// step is the wished worth of one step of hi.
func (a activation) step() float64 {
	if a.kind == "Sigmoid" {
		return sigmoidStep
	}
	top, units := max(a.high, -a.low), 127.0
	if a.unsigned() {
		top, units = a.high, 255
	}
	if top <= 0 {
		return 1
	}
	return top / units
}

// unsigned tells whether results are from 0 up.
func (a activation) unsigned() bool { return a.kind == "Relu" || a.low >= 0 }

// entry is a table's function of hi, counted from the middle: a clamp, or a sigmoid of hi times step.
type entry struct {
	sigmoid   bool
	step      float64 // of a sigmoid's argument
	low, high int32   // of the results
	scale     float64 // of the results
}

// entry fits the function to the step that hi got.
func (a activation) entry(step float64) entry {
	if a.kind == "Sigmoid" {
		return entry{sigmoid: true, step: step, low: 0, high: 255, scale: 1.0 / 255}
	}
	e := entry{low: -127, high: 127, scale: step}
	if a.unsigned() {
		e.low, e.high = 0, 255
	}
	if a.kind == "Clip" {
		e.low = int32(math.Round(min(max(a.floor/step, float64(e.low)), float64(e.high))))
		e.high = int32(math.Round(min(max(a.ceiling/step, float64(e.low)), float64(e.high))))
	}
	return e
}

// table finds or makes the use of a table; uses of one function share the greatest number of bits.
func (b *builder) table(e entry, bits int) int {
	key := e
	if !e.sigmoid {
		key.scale = 0
	}
	for i := range b.tables {
		if b.tables[i].entry == key {
			b.tables[i].bits = max(b.tables[i].bits, bits)
			return i
		}
	}
	b.tables = append(b.tables, tableUse{entry: key, bits: bits})
	return len(b.tables) - 1
}

// values computes the tables when all uses are known.
func (b *builder) values() {
	for _, use := range b.tables {
		t := circuit.Table{Bits: uint8(use.bits), Values: make([]int16, 1<<use.bits)}
		half := 1 << (use.bits - 1)
		for i := range t.Values {
			t.Values[i] = use.entry.at(i - half)
		}
		b.circuit.Tables = append(b.circuit.Tables, t)
	}
}

func (e entry) at(hi int) int16 {
	if e.sigmoid {
		return int16(math.Round(255 / (1 + math.Exp(-float64(hi)*e.step))))
	}
	return int16(min(max(hi, int(e.low)), int(e.high)))
}
