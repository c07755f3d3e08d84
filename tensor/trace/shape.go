package trace

import (
	"errors"
	"fmt"
)

// Side is the number of rows and of columns of a tile that is not at an edge.
const Side = 32

// Shape is all that the list of operations of a step depends on.
type Shape struct {
	Layers   int
	Width    int // of the residual stream
	Heads    int // query heads
	KVHeads  int // key and value heads, a divisor of Heads
	HeadSize int // 32, 64, 96 or 128
	Inner    int // of the feed-forward network
	Vocab    int
	Windows  int // sequences of a step
	Length   int // tokens that a window predicts, a multiple of 32
	Untied   bool
	Eps      uint32 // of the norms, bits of f32
	Clip     uint64 // bound on the norm of the gradient, bits of f64; +Inf for none
}

// ErrShape means that training of this shape cannot be disputed.
var ErrShape = errors.New("this shape cannot be disputed")

const (
	one     = 0x3f800000          // 1, bits of f32
	inf64   = uint64(0x7ff) << 52 // +Inf, bits of f64
	one64   = uint64(0x3ff) << 52 // 1, bits of f64
	minus32 = uint32(1) << 31     // the sign of f32

	maxTokens = 4096
)

// Validate names the first number that is out of bounds.
func (s Shape) Validate() error {
	for _, d := range []struct {
		name       string
		value, max int
	}{
		{"layers", s.Layers, 64},
		{"width", s.Width, 8192},
		{"heads", s.Heads, 256},
		{"key-value heads", s.KVHeads, s.Heads},
		{"head size", s.HeadSize, 128},
		{"inner", s.Inner, 8192},
		{"vocabulary", s.Vocab, 131072},
		{"windows", s.Windows, maxTokens},
		{"length", s.Length, maxTokens},
	} {
		if d.value < 1 || d.value > d.max {
			return fmt.Errorf("%w: %s is %d, want 1 to %d", ErrShape, d.name, d.value, d.max)
		}
	}
	switch {
	case s.Heads%s.KVHeads != 0:
		return fmt.Errorf("%w: %d heads cannot share %d key-value heads", ErrShape, s.Heads, s.KVHeads)
	case s.HeadSize%Side != 0:
		return fmt.Errorf("%w: head size is %d, want 32, 64, 96 or 128", ErrShape, s.HeadSize)
	case s.Heads*s.HeadSize > 8192:
		return fmt.Errorf("%w: %d heads of %d are %d wide, want at most 8192", ErrShape, s.Heads, s.HeadSize, s.Heads*s.HeadSize)
	case s.Length%Side != 0:
		return fmt.Errorf("%w: length is %d, want a multiple of %d", ErrShape, s.Length, Side)
	case s.Tokens() > maxTokens:
		return fmt.Errorf("%w: a step has %d tokens, want at most %d", ErrShape, s.Tokens(), maxTokens)
	case s.Eps == 0 || s.Eps >= one:
		return fmt.Errorf("%w: epsilon has the bits %#x, want a number above 0 and below 1", ErrShape, s.Eps)
	case s.Clip == 0 || s.Clip > inf64:
		return fmt.Errorf("%w: the bound on the norm has the bits %#x, want a number above 0", ErrShape, s.Clip)
	}
	return nil
}

// Tokens is the number of tokens that a step predicts.
func (s Shape) Tokens() int { return s.Windows * s.Length }

func (s Shape) qWidth() int  { return s.Heads * s.HeadSize }
func (s Shape) kvWidth() int { return s.KVHeads * s.HeadSize }
