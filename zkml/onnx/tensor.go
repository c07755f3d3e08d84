package onnx

import (
	"fmt"
	"slices"
)

// Type is an element type, numbered as in the format.
type Type int32

// The element types that are read. Others, such as strings and half floats, are refused.
const (
	Float  Type = 1
	Uint8  Type = 2
	Int8   Type = 3
	Uint16 Type = 4
	Int16  Type = 5
	Int32  Type = 6
	Int64  Type = 7
	Bool   Type = 9
	Double Type = 11
	Uint32 Type = 12
	Uint64 Type = 13
)

// String is the name that the format gives.
func (t Type) String() string {
	names := map[Type]string{
		Float: "float", Uint8: "uint8", Int8: "int8", Uint16: "uint16", Int16: "int16", Int32: "int32", Int64: "int64",
		8: "string", Bool: "bool", 10: "float16", Double: "double", Uint32: "uint32", Uint64: "uint64", 16: "bfloat16",
	}
	if name, ok := names[t]; ok {
		return name
	}
	return fmt.Sprintf("element type %d", int32(t))
}

// Real tells whether the elements are floating point.
func (t Type) Real() bool { return t == Float || t == Double }

// size is the number of bytes of an element in raw data, 0 for a type that is not read.
func (t Type) size() int {
	switch t {
	case Uint8, Int8, Bool:
		return 1
	case Uint16, Int16:
		return 2
	case Float, Int32, Uint32:
		return 4
	case Double, Int64, Uint64:
		return 8
	}
	return 0
}

// Tensor is a dense array, last dimension fastest. Real types fill Floats, the others Ints.
type Tensor struct {
	Type   Type
	Shape  []int
	Floats []float64
	Ints   []int64
}

// NewTensor is a tensor of zeros.
func NewTensor(t Type, shape ...int) *Tensor {
	out := &Tensor{Type: t, Shape: slices.Clone(shape)}
	if t.Real() {
		out.Floats = make([]float64, Elements(shape))
	} else {
		out.Ints = make([]int64, Elements(shape))
	}
	return out
}

// FloatTensor is a float tensor over data, which it keeps.
func FloatTensor(data []float64, shape ...int) *Tensor {
	return &Tensor{Type: Float, Shape: slices.Clone(shape), Floats: data}
}

// Elements is the product of a shape.
func Elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Len is the number of elements.
func (t *Tensor) Len() int { return max(len(t.Floats), len(t.Ints)) }

// reshaped is a view of the same elements.
func (t *Tensor) reshaped(shape []int) *Tensor {
	return &Tensor{Type: t.Type, Shape: shape, Floats: t.Floats, Ints: t.Ints}
}

// gather is the tensor of shape whose element i is t's element index(i).
func (t *Tensor) gather(shape []int, index func(i int) int) *Tensor {
	out := NewTensor(t.Type, shape...)
	for i := range out.Floats {
		out.Floats[i] = t.Floats[index(i)]
	}
	for i := range out.Ints {
		out.Ints[i] = t.Ints[index(i)]
	}
	return out
}

// strides are the steps between neighbours along each dimension.
func strides(shape []int) []int {
	s := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		s[i] = step
		step *= shape[i]
	}
	return s
}

// Rows cuts a tensor along its first dimension, as reals.
func (t *Tensor) Rows() ([][]float64, error) {
	if len(t.Shape) == 0 || t.Len() == 0 {
		return nil, fmt.Errorf("shape %v has no numbers", t.Shape)
	}
	data := t.Floats
	if !t.Type.Real() {
		data = make([]float64, len(t.Ints))
		for i, v := range t.Ints {
			data[i] = float64(v)
		}
	}
	width := len(data) / t.Shape[0]
	rows := make([][]float64, t.Shape[0])
	for i := range rows {
		rows[i] = data[i*width : (i+1)*width]
	}
	return rows, nil
}
