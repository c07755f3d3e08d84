package onnx

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is one field of a message: a number, or bytes.
type field struct {
	number int
	kind   int8 // its wire type
	value  uint64
	bytes  []byte
}

// The wire types of the format.
const (
	varint  = int8(protowire.VarintType)
	fixed64 = int8(protowire.Fixed64Type)
	packed  = int8(protowire.BytesType)
	fixed32 = int8(protowire.Fixed32Type)
)

// each calls visit for every field of a message. Groups, which the format does not use, are refused.
func each(message []byte, visit func(field) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		f := field{number: int(number), kind: int8(kind)}
		switch f.kind {
		case varint:
			f.value, n = protowire.ConsumeVarint(message)
		case fixed64:
			f.value, n = protowire.ConsumeFixed64(message)
		case fixed32:
			var v uint32
			v, n = protowire.ConsumeFixed32(message)
			f.value = uint64(v)
		case packed:
			f.bytes, n = protowire.ConsumeBytes(message)
		default:
			return fmt.Errorf("field %d has wire type %d", number, kind)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

var errWireType = errors.New("wire type does not fit the field")

// text is a string field.
func (f field) text(into *string) error {
	if f.kind != packed {
		return fmt.Errorf("field %d: %w", f.number, errWireType)
	}
	*into = string(f.bytes)
	return nil
}

// integer is a varint field.
func (f field) integer(into *int64) error {
	if f.kind != varint {
		return fmt.Errorf("field %d: %w", f.number, errWireType)
	}
	*into = int64(f.value)
	return nil
}

// integers appends a repeated varint field, packed or not.
func (f field) integers(into *[]int64) error {
	switch f.kind {
	case varint:
		*into = append(*into, int64(f.value))
		return nil
	case packed:
		for rest := f.bytes; len(rest) > 0; {
			v, n := protowire.ConsumeVarint(rest)
			if n < 0 {
				return fmt.Errorf("field %d: %w", f.number, protowire.ParseError(n))
			}
			*into = append(*into, int64(v))
			rest = rest[n:]
		}
		return nil
	}
	return fmt.Errorf("field %d: %w", f.number, errWireType)
}

// reals appends a repeated float (four bytes) or double (eight) field, packed or not.
func (f field) reals(into *[]float64, size int) error {
	kind := fixed32
	if size == 8 {
		kind = fixed64
	}
	switch f.kind {
	case kind:
		*into = append(*into, real64(f.value, size))
		return nil
	case packed:
		if len(f.bytes)%size != 0 {
			return fmt.Errorf("field %d: %d bytes are not a list of %d-byte numbers", f.number, len(f.bytes), size)
		}
		for rest := f.bytes; len(rest) > 0; rest = rest[size:] {
			*into = append(*into, real64(little(rest[:size]), size))
		}
		return nil
	}
	return fmt.Errorf("field %d: %w", f.number, errWireType)
}

func real64(bits uint64, size int) float64 {
	if size == 8 {
		return math.Float64frombits(bits)
	}
	return float64(math.Float32frombits(uint32(bits)))
}

// little is the number that up to eight bytes are, least significant first.
func little(b []byte) uint64 {
	var v uint64
	for i, x := range b {
		v |= uint64(x) << (8 * i)
	}
	return v
}
