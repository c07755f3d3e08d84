package grad

import (
	"fmt"

	"ayni.example/tensor"
)

// Shape is the architecture of a network: Llama, Mistral, Qwen2 (Bias) or Qwen3 (HeadNorm).
type Shape struct {
	Vocab    int // tokens
	Context  int // tokens of the longest sequence
	Width    int // of the residual stream
	Layers   int
	Heads    int // query heads
	KVHeads  int // key and value heads, a divisor of Heads
	HeadSize int // even; need not be Width/Heads
	Inner    int // of the feed-forward network

	Window int // positions that a token sees, its own included; 0 is all

	Base float32 // of the rotary frequencies
	Eps  float32 // of every RMSNorm

	HalfSplit bool // rotary pairs are (i, i+HeadSize/2), not neighbours
	Bias      bool // on queries, keys and values
	HeadNorm  bool // RMSNorm of each query and key head before the rotation
	Untied    bool // an output matrix of its own, not the embedding
}

// maxElements bounds the parameters of one network, far above what a machine trains with F32.
const maxElements = 1 << 34

// Validate reports the first size that cannot be trained.
func (s Shape) Validate() error {
	for _, d := range []struct {
		name       string
		value, max int
	}{
		{"vocab", s.Vocab, 1 << 24},
		{"context", s.Context, tensor.MaxAngle},
		{"width", s.Width, 1 << 16},
		{"layers", s.Layers, 1 << 10},
		{"heads", s.Heads, 1 << 10},
		{"key-value heads", s.KVHeads, s.Heads},
		{"head size", s.HeadSize, 1 << 12},
		{"inner", s.Inner, 1 << 20},
	} {
		if d.value < 1 || d.value > d.max {
			return fmt.Errorf("shape: %s is %d, want 1 to %d", d.name, d.value, d.max)
		}
	}
	switch {
	case s.Heads%s.KVHeads != 0:
		return fmt.Errorf("shape: %d heads cannot share %d key-value heads", s.Heads, s.KVHeads)
	case s.HeadSize%2 != 0:
		return fmt.Errorf("shape: the head size %d is odd; rotation needs pairs", s.HeadSize)
	case s.Window < 0:
		return fmt.Errorf("shape: a window of %d positions; want 0 for all, or more", s.Window)
	case !(s.Base >= 1 && s.Base <= 1e30):
		return fmt.Errorf("shape: rotary base %v is out of range (1 to 1e30)", s.Base)
	case !(s.Eps > 0 && s.Eps < 1):
		return fmt.Errorf("shape: eps %v is out of range (above 0, below 1)", s.Eps)
	case s.Elements() > maxElements:
		return fmt.Errorf("shape: %d parameters, want at most %d", s.Elements(), maxElements)
	}
	return nil
}

// Elements is the number of parameters.
func (s Shape) Elements() int {
	n := 0
	for _, d := range s.specs() {
		n += d.rows * d.cols
	}
	return n
}

func (s Shape) qWidth() int   { return s.Heads * s.HeadSize }
func (s Shape) kvWidth() int  { return s.KVHeads * s.HeadSize }
func (s Shape) qkvWidth() int { return s.qWidth() + 2*s.kvWidth() }
