package quant_test

import (
	"math"
	"math/rand"
	"strings"
	"testing"

	"ayni.example/zk/quant"
)

// TestValidate changes one thing at a time of what ties a circuit to reals.
func TestValidate(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	n := newNetwork(random, 2, 6, 6)
	n.conv("x", "a", 2, 4).add("Relu", "a", "b").conv("b", "c", 4, 2)
	m, err := quant.Quantise(n.Graph, quant.Config{Rows: images(random, 10, 72, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Input.Validate(m.Circuit); err != nil {
		t.Fatal(err)
	}
	if err := m.Output.Validate(m.Circuit); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		change     func(e *quant.Encoding, d *quant.Decoding)
	}{
		{"no scale", "does not fit", func(e *quant.Encoding, _ *quant.Decoding) { e.Scale = nil }},
		{"zero scale", "out of range", func(e *quant.Encoding, _ *quant.Decoding) { e.Scale = []float64{0} }},
		{"no number", "out of range", func(e *quant.Encoding, _ *quant.Decoding) { e.Zero = []float64{math.NaN()} }},
		{"too many scales", "does not fit", func(e *quant.Encoding, _ *quant.Decoding) { e.Scale, e.Zero = make([]float64, 73), make([]float64, 73) }},
		{"wide", "does not fit", func(e *quant.Encoding, _ *quant.Decoding) { e.High = 256 }},
		{"outside", "outside of the circuit", func(_ *quant.Encoding, d *quant.Decoding) { d.At = [][2]int{{0, 1 << 20}} }},
		{"negative", "outside of the circuit", func(_ *quant.Encoding, d *quant.Decoding) { d.At = [][2]int{{-1, 0}} }},
		{"another tensor", "not that of the circuit", func(_ *quant.Encoding, d *quant.Decoding) { d.Tensors = []int{0} }},
		{"unknown end", "not known", func(_ *quant.Encoding, d *quant.Decoding) { d.Post = "Tanh" }},
		{"logistic of many", "one sum", func(_ *quant.Encoding, d *quant.Decoding) { d.Post = "Logistic" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, d := m.Input, m.Output
			c.change(&e, &d)
			err := e.Validate(m.Circuit)
			if err == nil {
				err = d.Validate(m.Circuit)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
		})
	}
}
