package circuit

import (
	"errors"
	"fmt"
	"slices"
)

// Bounds of every circuit: what is beyond them is refused before anything is allocated for it.
const (
	MaxOperations  = 4096
	MaxTensors     = 1 << 14
	MaxWitnessBits = 24 // log2 of the padded witness
	MaxWeightBits  = 26 // log2 of the padded weights
	MaxPublic      = 1 << 22
	MaxLeafBits    = 26

	maxTables     = 64
	maxTableBits  = 20
	maxTableTotal = 1 << 22 // values of all tables
	maxRange      = 30      // bits of shift and table together
	maxAxes       = 4
	maxPieces     = 64
	maxTerms      = 64
	maxWindow     = 64
	maxReads      = 1 << 14 // pieces of terms, and of windows of a MaxPool, of all operations
	maxFactor     = 1 << 29
	maxDepth      = 16
	maxTrees      = 1 << 16
	maxForests    = 64
	maxClasses    = 1 << 12
	maxFeature    = 16 // bits of a forest's features

	smallLow, smallHigh = -128, 255 // what tables give, and what steps but forests read
)

// MaxInteger is the largest absolute value that an element of the field stands for.
const MaxInteger = (1<<31 - 1<<24) / 2

// ErrInvalid is what a circuit that breaks a rule fails with.
var ErrInvalid = errors.New("invalid circuit")

func invalid(format string, a ...any) error {
	return fmt.Errorf("%w: %w", ErrInvalid, fmt.Errorf(format, a...))
}

// Validate holds the circuit to every rule of section 3 and to the bounds.
func (c *Circuit) Validate() error {
	_, err := c.Plan()
	return err
}

// checker walks a circuit once, in order.
type checker struct {
	*Circuit
	written []bool // inputs, and what operations so far have made
	read    []bool // by an operation; of a weight: used
	bits    []int  // of inputs of forests
	plain   []bool // inputs that other steps than forests read
	tables  []bool
}

func (c *Circuit) check() error {
	if c.Shift < 1 || c.Shift > 16 {
		return invalid("shift %d is not in 1..16", c.Shift)
	}
	if err := c.checkTables(); err != nil {
		return err
	}
	if len(c.Tensors) > MaxTensors {
		return invalid("%d tensors, at most %d are allowed", len(c.Tensors), MaxTensors)
	}
	n := len(c.Tensors)
	k := checker{c, make([]bool, n), make([]bool, n), make([]int, n), make([]bool, n), make([]bool, len(c.Tables))}
	for i := range c.Tensors {
		if err := c.Tensors[i].check(); err != nil {
			return invalid("tensor %d: %w", i, err)
		}
		k.written[i] = c.Tensors[i].Kind == Input
	}
	if len(c.Operations) == 0 || len(c.Operations) > MaxOperations {
		return invalid("%d operations, there must be 1..%d", len(c.Operations), MaxOperations)
	}
	reads := 0
	for i := range c.Operations {
		if err := k.operation(&c.Operations[i]); err != nil {
			return invalid("operation %d (%s): %w", i, &c.Operations[i], err)
		}
		if reads += c.Operations[i].reads(); reads > maxReads {
			return invalid("operations up to %d read more than %d pieces", i, maxReads)
		}
	}
	return k.left()
}

// reads is how many pieces the operation reads: as many values a proof has of it, or twice.
func (o *Operation) reads() (n int) {
	switch {
	case o.Linear != nil:
		for i := range o.Linear.Terms {
			n += 1 + len(o.Linear.Terms[i].Reading)
		}
	case o.MaxPool != nil:
		n = o.MaxPool.Window[0] * o.MaxPool.Window[1] * len(o.MaxPool.Reading)
	}
	return n
}

// String names the kind of the operation.
func (o *Operation) String() string {
	switch {
	case o.Linear != nil && len(o.Linear.Terms) > 0:
		return [...]string{"dense", "conv", "bias", "scale", "pool"}[min(o.Linear.Terms[0].Kind, Pool)]
	case o.Linear != nil:
		return "linear"
	case o.MaxPool != nil:
		return "maxpool"
	case o.Forest != nil:
		return "forest"
	}
	return "empty"
}

func (c *Circuit) checkTables() error {
	if len(c.Tables) > maxTables {
		return invalid("%d tables, at most %d are allowed", len(c.Tables), maxTables)
	}
	total := 0
	for i := range c.Tables {
		t := &c.Tables[i]
		if t.Bits < 1 || t.Bits > maxTableBits || int(t.Bits)+int(c.Shift) > maxRange {
			return invalid("table %d has %d bits; 1..%d are allowed, and %d together with the shift", i, t.Bits, maxTableBits, maxRange)
		}
		if total += 1 << t.Bits; total > maxTableTotal {
			return invalid("the tables have more than %d values", maxTableTotal)
		}
		if len(t.Values) != 1<<t.Bits {
			return invalid("table %d has %d values, not 2^%d", i, len(t.Values), t.Bits)
		}
		for _, v := range t.Values {
			if v < smallLow || v > smallHigh {
				return invalid("table %d: value %d is not in %d..%d", i, v, smallLow, smallHigh)
			}
		}
	}
	return nil
}

func (t *Tensor) check() error {
	if t.Kind > Weight {
		return fmt.Errorf("unknown kind %d", t.Kind)
	}
	if len(t.Axes) < 1 || len(t.Axes) > maxAxes {
		return fmt.Errorf("%d axes, there must be 1..%d", len(t.Axes), maxAxes)
	}
	log := 0
	for _, n := range t.Axes {
		if n < 1 || n > 1<<MaxWeightBits {
			return fmt.Errorf("length %d of an axis is not in 1..2^%d", n, MaxWeightBits)
		}
		log += bitsFor(n)
	}
	limit := MaxWitnessBits
	if t.Kind == Weight {
		limit = MaxWeightBits
	}
	if log > limit {
		return fmt.Errorf("axes %v have more than 2^%d padded values", t.Axes, limit)
	}
	return nil
}

func (k *checker) operation(o *Operation) error {
	set := 0
	for _, is := range []bool{o.Linear != nil, o.MaxPool != nil, o.Forest != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		return fmt.Errorf("an operation is exactly one thing, this is %d", set)
	}
	switch {
	case o.Linear != nil:
		return k.linear(o.Linear)
	case o.MaxPool != nil:
		return k.maxPool(o.MaxPool)
	}
	return k.forest(o.Forest)
}

// write marks the tensor that an operation makes.
func (k *checker) write(id int, kind Kind, axes int) (*Tensor, error) {
	if id < 0 || id >= len(k.Tensors) || k.Tensors[id].Kind != kind {
		return nil, fmt.Errorf("output %d is not a tensor of kind %d", id, kind)
	}
	if k.written[id] {
		return nil, fmt.Errorf("tensor %d is made twice", id)
	}
	if axes > 0 && len(k.Tensors[id].Axes) != axes {
		return nil, fmt.Errorf("output %d has %d axes, not %d", id, len(k.Tensors[id].Axes), axes)
	}
	k.written[id] = true
	return &k.Tensors[id], nil
}

// weight marks the use of a weight tensor, which must have the given axes.
func (k *checker) weight(id int, axes ...int) error {
	if id < 0 || id >= len(k.Tensors) || k.Tensors[id].Kind != Weight {
		return fmt.Errorf("tensor %d is not a weight", id)
	}
	if k.read[id] {
		return fmt.Errorf("weight %d is used twice", id)
	}
	k.read[id] = true
	if !slices.Equal(k.Tensors[id].Axes, axes) {
		return fmt.Errorf("weight %d has axes %v, not %v", id, k.Tensors[id].Axes, axes)
	}
	return nil
}

// reading marks what a step reads and tells its axes.
func (k *checker) reading(r Reading) ([]int, error) {
	if len(r) < 1 || len(r) > maxPieces {
		return nil, fmt.Errorf("a reading has %d pieces, there must be 1..%d", len(r), maxPieces)
	}
	for _, id := range r {
		if id < 0 || id >= len(k.Tensors) || (k.Tensors[id].Kind != Input && k.Tensors[id].Kind != Witness) {
			return nil, fmt.Errorf("tensor %d cannot be read", id)
		}
		if !k.written[id] {
			return nil, fmt.Errorf("tensor %d is read before it is made", id)
		}
		if !slices.Equal(k.Tensors[id].Axes[1:], k.Tensors[r[0]].Axes[1:]) {
			return nil, fmt.Errorf("tensors %d and %d of a reading differ in more than the first axis", r[0], id)
		}
		k.read[id], k.plain[id] = true, true
	}
	return k.Axes(r), nil
}

// Axes are the real lengths of a reading.
func (c *Circuit) Axes(r Reading) []int {
	axes := slices.Clone(c.Tensors[r[0]].Axes)
	for _, id := range r[1:] {
		axes[0] += c.Tensors[id].Axes[0]
	}
	return axes
}

// left refuses what nothing uses: it would be part of the statement and mean nothing.
func (k *checker) left() error {
	for i, t := range k.Tensors {
		switch {
		case !k.written[i] && t.Kind != Weight:
			return invalid("tensor %d is not made by any operation", i)
		case !k.read[i] && t.Kind != Output:
			return invalid("tensor %d is not used", i)
		case k.bits[i] > 0 && k.plain[i]:
			return invalid("input %d is read by a forest and by another step", i)
		}
	}
	for i, used := range k.tables {
		if !used {
			return invalid("table %d is not used", i)
		}
	}
	return nil
}
