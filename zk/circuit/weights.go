package circuit

import "fmt"

// Values are those of one weight tensor, real lengths, row-major. Dense and conv weights are Int8, all others Int32.
type Values struct {
	Int8  []int8
	Int32 []int32
}

// Weights are the values of a circuit's weight tensors, at the index of the tensor; entries of other tensors are empty.
type Weights []Values

// Check holds weights to the circuit: lengths, and the ranges that the steps need.
func (c *Circuit) Check(w Weights) error {
	if len(w) != len(c.Tensors) {
		return invalid("weights of %d tensors, the circuit has %d", len(w), len(c.Tensors))
	}
	for id := range c.Tensors {
		if c.Tensors[id].Kind != Weight && (len(w[id].Int8) > 0 || len(w[id].Int32) > 0) {
			return invalid("tensor %d has weights and is none", id)
		}
	}
	for i := range c.Operations {
		o := &c.Operations[i]
		var err error
		switch {
		case o.Linear != nil:
			err = c.checkLinear(o.Linear, w)
		case o.Forest != nil:
			err = c.checkForest(o.Forest, w)
		}
		if err != nil {
			return invalid("weights of operation %d (%s): %w", i, o, err)
		}
	}
	return nil
}

func (c *Circuit) checkLinear(l *Linear, w Weights) error {
	for i := range l.Terms {
		switch t := &l.Terms[i]; t.Kind {
		case Dense, Conv:
			if n := c.Tensors[t.Weight].length(); len(w[t.Weight].Int8) != n || len(w[t.Weight].Int32) > 0 {
				return fmt.Errorf("tensor %d has %d int8 values, not %d", t.Weight, len(w[t.Weight].Int8), n)
			}
		case Bias:
			if err := c.within(t.Weight, w, -maxFactor, maxFactor); err != nil {
				return err
			}
		case Scale, Pool:
		}
	}
	return nil
}

func (c *Circuit) checkForest(f *Forest, w Weights) error {
	if err := c.within(f.Feature, w, 0, c.Tensors[f.Input].Axes[1]-1); err != nil {
		return err
	}
	if err := c.within(f.Threshold, w, 0, 1<<f.Bits); err != nil {
		return err
	}
	return c.within(f.Leaf, w, -maxFactor, maxFactor)
}

// within checks the number and the range of a tensor's int32 values.
func (c *Circuit) within(id int, w Weights, low, high int) error {
	if n := c.Tensors[id].length(); len(w[id].Int32) != n || len(w[id].Int8) > 0 {
		return fmt.Errorf("tensor %d has %d int32 values, not %d", id, len(w[id].Int32), n)
	}
	for i, v := range w[id].Int32 {
		if int(v) < low || int(v) > high {
			return fmt.Errorf("value %d of tensor %d is %d, not in %d..%d", i, id, v, low, high)
		}
	}
	return nil
}

// length is the number of real values.
func (t *Tensor) length() int {
	n := 1
	for _, a := range t.Axes {
		n *= a
	}
	return n
}
