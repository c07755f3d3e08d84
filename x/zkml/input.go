package zkml

import "slices"

// An input's integers are -128..65,535 in every circuit; a packed one's are so and 256 neighbours at most.
const (
	packedLow  = -128
	packedHigh = 1<<16 - 256
	byteSpan   = 255
)

// WithInput puts an input into the message: packed where its integers lie close enough together, which is a byte for each.
func (m *MsgSubmitProof) WithInput(input []int32) *MsgSubmitProof {
	m.Input, m.Packed, m.Low = input, nil, 0
	if len(input) == 0 {
		return m
	}
	low, high := min(slices.Min(input), packedHigh), slices.Max(input)
	if low < packedLow || high-low > byteSpan {
		return m
	}
	m.Input, m.Packed, m.Low = nil, make([]byte, len(input)), low
	for i, v := range input {
		m.Packed[i] = byte(v - low)
	}
	return m
}

// Integers is the input, in whichever form it came.
func (m *MsgSubmitProof) Integers() []int32 {
	if len(m.Packed) == 0 {
		return m.Input
	}
	out := make([]int32, len(m.Packed))
	for i, b := range m.Packed {
		out[i] = m.Low + int32(b)
	}
	return out
}

func (m *MsgSubmitProof) checkInput() error {
	switch n := len(m.Input) + len(m.Packed); {
	case len(m.Input) > 0 && len(m.Packed) > 0:
		return ErrInvalid.Wrap("input is given twice, as integers and packed")
	case len(m.Packed) == 0 && m.Low != 0:
		return ErrInvalid.Wrapf("low is %d, and nothing is packed", m.Low)
	case n == 0 || n > InputMax:
		return ErrInvalid.Wrapf("input of %d integers is not 1 to %d", n, InputMax)
	case m.Low < packedLow || m.Low > packedHigh:
		return ErrInvalid.Wrapf("low is %d, not %d to %d", m.Low, packedLow, packedHigh)
	}
	return nil
}
