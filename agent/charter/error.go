package charter

import (
	"fmt"
	"strings"
)

// errorsMax bounds how many mistakes of one file are told.
const errorsMax = 20

// Error is a mistake in a file: where it is, what is wrong and what to do.
type Error struct {
	File         string
	Line, Column int    // from 1; 0 when there is no place
	Field        string // such as tools[0].pin
	Cause        string
	Advice       string
}

// Error gives place, field and cause in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	for _, part := range []string{e.Field, e.Cause} {
		if part != "" {
			b.WriteString(": ")
			b.WriteString(part)
		}
	}
	return b.String()
}

// Hint is advice for the person who wrote the file, or "".
func (e *Error) Hint() string { return e.Advice }

// Errors are all mistakes that were found, in the order of the file. There is at least one.
type Errors []*Error

// Error has one line for each mistake; with several of them the lines hold the hints too.
func (e Errors) Error() string {
	if len(e) == 1 {
		return e[0].Error()
	}
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
		if one.Advice != "" {
			lines[i] += " (" + one.Advice + ")"
		}
	}
	return strings.Join(lines, "\n")
}

// Hint is the advice on the only mistake; several stand in Error.
func (e Errors) Hint() string {
	if len(e) == 1 {
		return e[0].Advice
	}
	return ""
}

// Unwrap gives each mistake to errors.As.
func (e Errors) Unwrap() []error {
	list := make([]error, len(e))
	for i := range e {
		list[i] = e[i]
	}
	return list
}
