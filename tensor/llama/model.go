package llama

import (
	"ayni.example/tensor"
	"ayni.example/tensor/grammar"
	"ayni.example/tensor/token"
)

// Info says what a loaded model is.
type Info struct {
	Name           string
	Architecture   string
	ContextLength  int // tokens, prompt and completion together
	Vocab          int
	ParameterCount uint64
	Quantisation   string // the type of most weights, as GGUF names it
	FileDigest     string // "sha256:" and 64 hexadecimal digits of the whole file, or of file and adapter
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
	output    linear
	norm      []float32
	layers    []layer
	adapted   adapted
	words     func() *grammar.Vocabulary // built when a grammar first needs it
}

type layer struct {
	attnNorm, ffnNorm []float32
	qNorm, kNorm      []float32 // of one head, nil is none
	q, k, v, o        linear
	gate, up, down    linear
}
