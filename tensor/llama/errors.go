package llama

import (
	"errors"
	"fmt"
)

// ErrEmptyPrompt says that there is nothing to continue.
var ErrEmptyPrompt = errors.New("prompt has no tokens (send some text, or use a model with a start token)")

// ContextError says that a sequence does not fit the context of the model.
type ContextError struct {
	Tokens int // tokens that were asked for
	Limit  int // the context length
}

// Error gives both numbers and a hint.
func (e *ContextError) Error() string {
	return fmt.Sprintf("%d tokens do not fit the context of %d (shorten the prompt)", e.Tokens, e.Limit)
}

// MemoryError says that a model or a state would need more memory than was allowed.
type MemoryError struct {
	Need, Limit uint64 // bytes
}

// Error gives both numbers and a hint.
func (e *MemoryError) Error() string {
	return fmt.Sprintf("needs %d MiB of memory, the limit is %d MiB (raise the limit or take a smaller model)",
		(e.Need+1<<20-1)>>20, e.Limit>>20)
}

// UnsupportedError names a feature of a model file that this engine does not have.
type UnsupportedError struct {
	Feature string
}

// Error names the feature.
func (e *UnsupportedError) Error() string {
	return "model uses " + e.Feature +
		", which the exact engine does not support (serve it through Ollama or another backend)"
}

// TensorError says that a tensor is missing or has the wrong shape.
type TensorError struct {
	Tensor string
	Have   []uint64 // nil when the tensor is missing
	Want   []uint64
}

// Error names the tensor and both shapes.
func (e *TensorError) Error() string {
	if e.Have == nil {
		return fmt.Sprintf("tensor %q is missing (want shape %v)", e.Tensor, e.Want)
	}
	return fmt.Sprintf("tensor %q has shape %v, want %v", e.Tensor, e.Have, e.Want)
}

// TokenError says that an id is outside the vocabulary.
type TokenError struct {
	ID    int32
	Vocab int
}

// Error gives the id and the size of the vocabulary.
func (e *TokenError) Error() string {
	return fmt.Sprintf("token %d is outside the vocabulary of %d", e.ID, e.Vocab)
}
