// Package sketch compares models by a few hundred small integers, which a ledger can keep and anyone can compare again.
//
// A [Sketch] holds 32 signed projections of each of the largest tensors of a model; package descent makes it from the weights,
// docs/spec/descent-1.md says how. Nothing here is a float, so that two machines never differ about two sketches.
package sketch

import (
	"encoding/binary"
	"fmt"
)

// Bounds of a sketch.
const (
	Projections = 32 // of each tensor
	MaxTensors  = 16
	MaxBytes    = 2 + MaxTensors*tensorBytes

	tensorBytes = 4 + 4 + Projections
	version     = 1
	peak        = 127 // magnitude of the largest projection of every tensor
)

// Threshold is the similarity, in thousandths, from which on two models are taken for relatives.
const Threshold = 900

// Tensor is one tensor's shape and its projections.
type Tensor struct {
	Rows, Cols uint32 // all dimensions but the innermost, and the innermost
	Values     [Projections]int8
}

// Sketch is that of a model, its largest tensor first.
type Sketch []Tensor

// Encode gives the only encoding of a sketch; one without tensors has none.
func (s Sketch) Encode() []byte {
	if len(s) == 0 {
		return nil
	}
	out := append(make([]byte, 0, 2+len(s)*tensorBytes), version, byte(len(s)))
	for _, t := range s {
		out = binary.BigEndian.AppendUint32(out, t.Rows)
		out = binary.BigEndian.AppendUint32(out, t.Cols)
		for _, v := range t.Values {
			out = append(out, byte(v))
		}
	}
	return out
}

// Decode reads what Encode wrote and refuses everything else. No bytes are a sketch without tensors.
func Decode(b []byte) (Sketch, error) {
	if len(b) == 0 {
		return nil, nil
	}
	if len(b) < 2 || b[0] != version {
		return nil, fmt.Errorf("sketch of %d bytes is not of version %d", len(b), version)
	}
	n := int(b[1])
	if n == 0 || n > MaxTensors || len(b) != 2+n*tensorBytes {
		return nil, fmt.Errorf("sketch of %d tensors in %d bytes: want 1 to %d of %d bytes each", n, len(b), MaxTensors, tensorBytes)
	}
	s := make(Sketch, n)
	for i := range s {
		raw := b[2+i*tensorBytes:][:tensorBytes]
		s[i].Rows, s[i].Cols = binary.BigEndian.Uint32(raw), binary.BigEndian.Uint32(raw[4:])
		for k := range s[i].Values {
			s[i].Values[k] = int8(raw[8+k])
		}
		if err := s.check(i); err != nil {
			return nil, fmt.Errorf("sketch, tensor %d: %w", i, err)
		}
	}
	return s, nil
}

func (s Sketch) check(i int) error {
	t, largest := s[i], 0
	for _, v := range t.Values {
		largest = max(largest, int(v), -int(v))
	}
	switch {
	case t.Rows == 0 || t.Cols == 0:
		return fmt.Errorf("shape %d x %d is empty", t.Rows, t.Cols)
	case largest != peak:
		return fmt.Errorf("the largest projection is %d, want %d", largest, peak)
	case i > 0 && t.elements() > s[i-1].elements():
		return fmt.Errorf("it is larger than the one before")
	}
	return nil
}

func (t Tensor) elements() uint64 { return uint64(t.Rows) * uint64(t.Cols) }
