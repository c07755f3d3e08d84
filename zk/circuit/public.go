package circuit

import "fmt"

// Inputs are the input tensors, in order.
func (c *Circuit) Inputs() []int { return c.ofKind(Input) }

// Outputs are the output tensors, in order.
func (c *Circuit) Outputs() []int { return c.ofKind(Output) }

func (c *Circuit) ofKind(kind Kind) []int {
	var ids []int
	for id, t := range c.Tensors {
		if t.Kind == kind {
			ids = append(ids, id)
		}
	}
	return ids
}

// Range is what values a public tensor may have.
func (c *Circuit) Range(id int) (low, high int32) {
	return c.limits(id, c.features())
}

// features are the bits of the inputs of forests.
func (c *Circuit) features() map[int]int {
	bits := map[int]int{}
	for i := range c.Operations {
		f := c.Operations[i].Forest
		if f == nil {
			continue
		}
		if _, known := bits[f.Input]; !known {
			bits[f.Input] = f.Bits
		}
	}
	return bits
}

func (c *Circuit) limits(id int, features map[int]int) (low, high int32) {
	if c.Tensors[id].Kind == Output {
		return -MaxInteger, MaxInteger
	}
	if bits, ok := features[id]; ok {
		return 0, 1<<bits - 1
	}
	return smallLow, smallHigh
}

// CheckInputs holds public inputs to their lengths and ranges.
func (c *Circuit) CheckInputs(values [][]int32) error {
	return c.checkPublic("input", c.Inputs(), values)
}

// CheckOutputs holds public outputs to their lengths and ranges.
func (c *Circuit) CheckOutputs(values [][]int32) error {
	return c.checkPublic("output", c.Outputs(), values)
}

func (c *Circuit) checkPublic(name string, ids []int, values [][]int32) error {
	if len(values) != len(ids) {
		return fmt.Errorf("%d %ss, the circuit has %d", len(values), name, len(ids))
	}
	features := c.features()
	for i, id := range ids {
		if n := c.Tensors[id].length(); len(values[i]) != n {
			return fmt.Errorf("%s %d has %d values, not %d", name, i, len(values[i]), n)
		}
		low, high := c.limits(id, features)
		for k, v := range values[i] {
			if v < low || v > high {
				return fmt.Errorf("%s %d: value %d is %d, not in %d..%d", name, i, k, v, low, high)
			}
		}
	}
	return nil
}
