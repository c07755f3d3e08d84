package bundle

import (
	"fmt"
	"math"
	"slices"
	"unicode"
	"unicode/utf8"
)

// MaxName is the longest name, the same as on the ledger.
const MaxName = 64

// check refuses what would fail later, on a row or on the ledger.
func (b *Bundle) check() error {
	if b.Name == "" || len(b.Name) > MaxName || !utf8.ValidString(b.Name) || slices.ContainsFunc([]rune(b.Name), func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%w: a name has 1 to %d printable bytes, this is %q", ErrFormat, MaxName, b.Name)
	}
	if err := b.Circuit.Check(b.Weights); err != nil {
		return err
	}
	if err := b.checkInput(); err != nil {
		return err
	}
	return b.checkOutput()
}

func (b *Bundle) checkInput() error {
	inputs := b.Circuit.Inputs()
	if len(inputs) != 1 {
		return fmt.Errorf("%w: %d inputs, one is needed", ErrFormat, len(inputs))
	}
	e := b.Input
	if n := len(e.Scale); n == 0 || n != len(e.Zero) || n > length(b.Circuit.Tensors[inputs[0]]) {
		return fmt.Errorf("%w: %d scales and %d zeros of an input of %d", ErrFormat, n, len(e.Zero), length(b.Circuit.Tensors[inputs[0]]))
	}
	if !usable(e.Scale) || slices.Contains(e.Scale, 0) || !usable(e.Zero) {
		return fmt.Errorf("%w: a scale of the input is zero, or no number", ErrFormat)
	}
	if low, high := b.Circuit.Range(inputs[0]); e.Low < low || e.High > high || e.Low > e.High {
		return fmt.Errorf("%w: integers %d..%d of an input that takes %d..%d", ErrFormat, e.Low, e.High, low, high)
	}
	return nil
}

func (b *Bundle) checkOutput() error {
	d, outputs := b.Output, b.Circuit.Outputs()
	if !slices.Equal(d.Tensors, outputs) || len(d.Scale) != len(outputs) || !usable(d.Scale) {
		return fmt.Errorf("%w: outputs %v with %d scales, the circuit has %v", ErrFormat, d.Tensors, len(d.Scale), outputs)
	}
	for _, at := range d.At {
		if at[0] < 0 || at[0] >= len(outputs) || at[1] < 0 || at[1] >= length(b.Circuit.Tensors[outputs[at[0]]]) {
			return fmt.Errorf("%w: no integer %d of output %d", ErrFormat, at[1], at[0])
		}
	}
	if !slices.Contains([]string{"", "Softmax", "Sigmoid", "Logistic"}, d.Post) || (d.Post != "" && len(d.At) == 0) {
		return fmt.Errorf("%w: unknown last step %q", ErrFormat, d.Post)
	}
	return nil
}

func usable(list []float64) bool {
	return !slices.ContainsFunc(list, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
}
