package jinja

import (
	"errors"
	"fmt"
)

const (
	maxSource = 256 << 10 // bytes of a template
	maxNest   = 64        // nested brackets, blocks and calls
	maxSteps  = 500_000   // values computed in one rendering
	maxBytes  = 64 << 20  // bytes of all text and lists made in one rendering
)

// ErrBound tells that a template wants more than it may have.
var ErrBound = errors.New("the template exceeds its bounds")

// RaisedError is what a template says with raise_exception.
type RaisedError struct{ Message string }

// Error is the template's message.
func (e *RaisedError) Error() string { return e.Message }

// budget is what is left of a rendering's bounds.
type budget struct {
	steps, bytes, depth int
}

func newBudget() budget { return budget{steps: maxSteps, bytes: maxBytes, depth: maxNest} }

func (b *budget) step() error {
	if b.steps--; b.steps < 0 {
		return fmt.Errorf("%w: more than %d steps", ErrBound, maxSteps)
	}
	return nil
}

// make accounts for text or lists before they are made.
func (b *budget) make(bytes int) error {
	if bytes < 0 || bytes > b.bytes {
		return fmt.Errorf("%w: more than %d bytes", ErrBound, maxBytes)
	}
	b.bytes -= bytes
	return nil
}

func (b *budget) enter() error {
	if b.depth--; b.depth < 0 {
		return fmt.Errorf("%w: calls nested more than %d deep", ErrBound, maxNest)
	}
	return nil
}

func (b *budget) leave() { b.depth++ }
