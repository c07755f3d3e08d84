package onnx

import (
	"errors"
	"fmt"
	"slices"
)

// Bounds of what is read. A tensor's elements are further bounded by the bytes that hold them.
const (
	maxDimensions = 8
	maxElements   = 1 << 26
)

var errExternal = errors.New("its data lies in another file: save the model with its weights inside")

// rawTensor is a tensor message before its data are brought to their type.
type rawTensor struct {
	name      string
	kind      int64
	dims      []int64
	raw       []byte
	hasRaw    bool
	floats    []float64
	doubles   []float64
	int32s    []int64
	int64s    []int64
	uint64s   []int64
	elsewhere bool
}

// ReadTensor reads a tensor message, as test data of the ONNX project are stored, with its name.
func ReadTensor(message []byte) (string, *Tensor, error) {
	var raw rawTensor
	if err := each(message, raw.visit); err != nil {
		return raw.name, nil, fmt.Errorf("tensor %q: %w", raw.name, err)
	}
	t, err := raw.tensor()
	if err != nil {
		return raw.name, nil, fmt.Errorf("tensor %q: %w", raw.name, err)
	}
	return raw.name, t, nil
}

func (r *rawTensor) visit(f field) error {
	switch f.number {
	case 1:
		return f.integers(&r.dims)
	case 2:
		return f.integer(&r.kind)
	case 4:
		return f.reals(&r.floats, 4)
	case 5:
		return f.integers(&r.int32s)
	case 7:
		return f.integers(&r.int64s)
	case 8:
		return f.text(&r.name)
	case 9:
		r.raw, r.hasRaw = f.bytes, true
	case 10:
		return f.reals(&r.doubles, 8)
	case 11:
		return f.integers(&r.uint64s)
	case 13:
		r.elsewhere = true
	case 14:
		r.elsewhere = r.elsewhere || f.value != 0
	}
	return nil
}

func (r *rawTensor) tensor() (*Tensor, error) {
	if r.elsewhere {
		return nil, errExternal
	}
	shape, elements, err := checkShape(r.dims)
	if err != nil {
		return nil, err
	}
	t := &Tensor{Type: Type(r.kind), Shape: shape}
	if t.Type.size() == 0 || int64(t.Type) != r.kind {
		return nil, unsupported("elements of type " + t.Type.String())
	}
	if r.hasRaw {
		return t, t.fromRaw(r.raw, elements)
	}
	switch t.Type {
	case Float:
		t.Floats = r.floats
	case Double:
		t.Floats = r.doubles
	case Int64:
		t.Ints = r.int64s
	case Uint32, Uint64:
		t.Ints = r.uint64s
	default:
		t.Ints = r.int32s
	}
	if t.Len() != elements {
		return nil, fmt.Errorf("shape %v needs %d elements of type %s, the file has %d", shape, elements, t.Type, t.Len())
	}
	return t, nil
}

// fromRaw fills t from packed little-endian bytes.
func (t *Tensor) fromRaw(raw []byte, elements int) error {
	size := t.Type.size()
	if len(raw) != elements*size {
		return fmt.Errorf("shape %v of type %s needs %d bytes, the file has %d", t.Shape, t.Type, elements*size, len(raw))
	}
	filled := NewTensor(t.Type, t.Shape...)
	for i := range elements {
		bits := little(raw[i*size : (i+1)*size])
		switch t.Type {
		case Float, Double:
			filled.Floats[i] = real64(bits, size)
		case Int8:
			filled.Ints[i] = int64(int8(bits))
		case Int16:
			filled.Ints[i] = int64(int16(bits))
		case Int32:
			filled.Ints[i] = int64(int32(bits))
		default:
			filled.Ints[i] = int64(bits)
		}
	}
	*t = *filled
	return nil
}

// checkShape bounds a shape and its product.
func checkShape(dims []int64) ([]int, int, error) {
	if len(dims) > maxDimensions {
		return nil, 0, fmt.Errorf("%d dimensions, at most %d are supported", len(dims), maxDimensions)
	}
	shape, elements := make([]int, len(dims)), 1
	for i, d := range dims {
		if d < 0 || d > maxElements {
			return nil, 0, fmt.Errorf("dimension %d of %v is out of range", i, dims)
		}
		shape[i] = int(d)
	}
	for _, d := range shape {
		if elements *= d; elements > maxElements {
			return nil, 0, fmt.Errorf("shape %v has more than %d elements", shape, maxElements)
		}
	}
	return slices.Clip(shape), elements, nil
}
