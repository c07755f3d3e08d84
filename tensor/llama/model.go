package llama

import (
	"ayni.example/tensor"
	"ayni.example/tensor/token"
)

// Info says what a loaded model is.
type Info struct {
	Name           string
	Architecture   string
	ContextLength  int // tokens, prompt and completion together
	Vocab          int
	ParameterCount uint64
	Quantisation   string // the type of most weights: F32, F16 or Q8_0
	FileDigest     string // "sha256:" and 64 hexadecimal digits of the whole file
	ChatTemplate   string // Jinja, empty for a completion model
	WeightBytes    uint64 // memory that the weights take
	Tokenizer      *token.Tokenizer
}

// Model is a loaded model. It is read-only; states and generations share it.
type Model struct {
	Info

	shape     shape
	pool      *tensor.Pool
	chunk     int
	maxState  uint64
	rotary    *tensor.Rotary
	embedding *tensor.Matrix
	output    *tensor.Matrix
	norm      []float32
	layers    []layer
}

type layer struct {
	attnNorm, ffnNorm []float32
	q, k, v, o        *tensor.Matrix
	gate, up, down    *tensor.Matrix
}
