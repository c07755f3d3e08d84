package recipe

import (
	"fmt"
	"strings"
)

// Error is a mistake in a recipe: where it is, what is wrong and what to do.
type Error struct {
	File   string
	Line   int    // from 1; 0 when the mistake is that something is absent
	Field  string // such as batch.length
	Cause  string
	Advice string

	err error
}

// Unwrap is the error behind the mistake, if there is one.
func (e *Error) Unwrap() error { return e.err }

// Error gives place, field and cause in one line.
func (e *Error) Error() string {
	s := e.File
	if e.Line > 0 {
		s = fmt.Sprintf("%s:%d", s, e.Line)
	}
	if e.Field != "" {
		s += ": " + e.Field
	}
	if e.err != nil && !strings.Contains(e.Cause, e.err.Error()) {
		return s + ": " + e.Cause + ": " + e.err.Error()
	}
	return s + ": " + e.Cause
}

// Hint is advice for the person who wrote the recipe, or "".
func (e *Error) Hint() string { return e.Advice }
