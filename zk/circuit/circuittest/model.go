package circuittest

import "ayni.example/zk/circuit"

// Source is a seeded source: a *rand.Rand of math/rand/v2.
type Source interface{ IntN(n int) int }

// Model is a circuit with weights, and inputs on which it runs.
type Model struct {
	Circuit *circuit.Circuit
	Weights circuit.Weights
	Inputs  [][]int32
}

// Builder puts a model together. Reading ids and axes of its circuit is allowed at any time.
type Builder struct {
	Source Source
	Model
	kinds map[[2]int]int // shape and bits of a table: its index
	so    *Reference     // what was built so far, run on the inputs
}

// NewBuilder begins an empty circuit with the given shift.
func NewBuilder(s Source, shift uint8) *Builder {
	c := &circuit.Circuit{Shift: shift}
	return &Builder{Source: s, Model: Model{Circuit: c}, kinds: map[[2]int]int{}, so: NewReference(c, nil, nil)}
}

// Tensor adds a tensor.
func (b *Builder) Tensor(kind circuit.Kind, axes ...int) int {
	b.Circuit.Tensors = append(b.Circuit.Tensors, circuit.Tensor{Kind: kind, Axes: axes})
	b.Weights = append(b.Weights, circuit.Values{})
	b.so.Weights, b.so.Values = b.Weights, append(b.so.Values, nil)
	return len(b.Circuit.Tensors) - 1
}

// Input adds an input with values low .. high.
func (b *Builder) Input(low, high int, axes ...int) int {
	id := b.Tensor(circuit.Input, axes...)
	values := b.list(length(axes), low, high)
	b.Inputs = append(b.Inputs, values)
	for _, v := range values {
		b.so.Values[id] = append(b.so.Values[id], int64(v))
	}
	return id
}

func (b *Builder) list(n, low, high int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(low + b.Source.IntN(high-low+1))
	}
	return list
}

// small adds a weight of int8 values up to the given size.
func (b *Builder) small(size int, axes ...int) int {
	id := b.Tensor(circuit.Weight, axes...)
	v := make([]int8, length(axes))
	for i := range v {
		v[i] = int8(b.Source.IntN(2*size+1) - size)
	}
	b.Weights[id].Int8 = v
	return id
}

// wide adds a weight of int32 values.
func (b *Builder) wide(low, high int, axes ...int) int {
	id := b.Tensor(circuit.Weight, axes...)
	b.Weights[id].Int32 = b.list(length(axes), low, high)
	return id
}

// Dense is a term of a dense layer with n outputs.
func (b *Builder) Dense(r circuit.Reading, n, size int) circuit.Term {
	return circuit.Term{Kind: circuit.Dense, Weight: b.small(size, append([]int{n}, b.Circuit.Axes(r)...)...), Reading: r}
}

// Conv is a term of a convolution with n channels, and the axes of what it makes.
func (b *Builder) Conv(r circuit.Reading, n, size int, window, stride, pad [2]int) (circuit.Term, []int) {
	x := b.Circuit.Axes(r)
	w := b.small(size, n, x[0], window[0], window[1])
	return circuit.Term{Kind: circuit.Conv, Weight: w, Reading: r, Stride: stride, Pad: pad}, slide(n, x, window, stride, pad)
}

// Bias is a term of n values.
func (b *Builder) Bias(n, size int) circuit.Term {
	return circuit.Term{Kind: circuit.Bias, Weight: b.wide(-size, size, n)}
}

// slide is the axes of windows over x that end within it and as much padding as is before it.
func slide(n int, x []int, window, stride, pad [2]int) []int {
	axes := []int{n, 0, 0}
	for a := range 2 {
		axes[1+a] = (x[1+a]+2*pad[a]-window[a])/stride[a] + 1
	}
	return axes
}

// Shape says what the table of a Linear does.
type Shape int

// The shapes of tables.
const (
	Clamp Shape = iota // -128..127
	ReLU               // 0..127
	Noise              // random values
	shapes
)

// Step adds a Linear with a table. Its factor brings most sums of this model's inputs into the table's middle.
func (b *Builder) Step(shape Shape, axes []int, terms ...circuit.Term) int {
	largest := int64(1)
	for _, z := range b.so.Sums(axes, terms) {
		largest = max(largest, z, -z)
	}
	shift := b.Circuit.Shift
	factor := max(1, (int64(100)<<shift)/largest)
	bits := uint8(2)
	for int64(1)<<(shift+bits-1) <= factor*largest*2 {
		bits++
	}
	y := b.Tensor(circuit.Witness, axes...)
	b.add(circuit.Operation{Linear: &circuit.Linear{Terms: terms, Output: y, Table: b.table(shape, bits), Factor: int32(factor)}})
	return y
}

// Answer adds a Linear that makes an output.
func (b *Builder) Answer(axes []int, terms ...circuit.Term) int {
	y := b.Tensor(circuit.Output, axes...)
	b.add(circuit.Operation{Linear: &circuit.Linear{Terms: terms, Output: y, Table: circuit.NoTable, Factor: 1}})
	return y
}

// MaxPool adds a maximum over windows.
func (b *Builder) MaxPool(r circuit.Reading, window, stride [2]int) int {
	x := b.Circuit.Axes(r)
	y := b.Tensor(circuit.Witness, slide(x[0], x, window, stride, [2]int{})...)
	b.add(circuit.Operation{MaxPool: &circuit.MaxPool{Reading: r, Output: y, Window: window, Stride: stride}})
	return y
}

// Forest adds a forest over the input.
func (b *Builder) Forest(input, trees, depth, bits, classes int) int {
	x := b.Circuit.Tensors[input].Axes
	f := &circuit.Forest{
		Input: input, Depth: depth, Bits: bits, Base: b.list(classes, -1000, 1000),
		Feature:   b.wide(0, x[1]-1, trees, 1<<depth),
		Threshold: b.wide(0, 1<<bits, trees, 1<<depth),
		Leaf:      b.wide(-1<<15, 1<<15, trees, 1<<depth),
	}
	for range trees {
		f.Classes = append(f.Classes, b.Source.IntN(classes))
	}
	f.Output = b.Tensor(circuit.Output, x[0], classes)
	b.add(circuit.Operation{Forest: f})
	return f.Output
}

func (b *Builder) add(o circuit.Operation) {
	b.Circuit.Operations = append(b.Circuit.Operations, o)
	if !b.so.Run(len(b.Circuit.Operations) - 1) {
		panic("circuittest: a step overflows on the inputs it was made for")
	}
}

// table is a table of a shape, made once.
func (b *Builder) table(shape Shape, bits uint8) int {
	key := [2]int{int(shape), int(bits)}
	if t, ok := b.kinds[key]; ok {
		return t
	}
	t := circuit.Table{Bits: bits, Values: make([]int16, 1<<bits)}
	for i := range t.Values {
		v := i - 1<<(bits-1)
		switch shape {
		case Clamp:
			v = min(max(v, -128), 127)
		case ReLU:
			v = min(max(v, 0), 127)
		default:
			v = b.Source.IntN(384) - 128
		}
		t.Values[i] = int16(v)
	}
	b.Circuit.Tables = append(b.Circuit.Tables, t)
	b.kinds[key] = len(b.Circuit.Tables) - 1
	return b.kinds[key]
}

func length(axes []int) int {
	n := 1
	for _, a := range axes {
		n *= a
	}
	return n
}
