package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"syscall"
)

// ErrorKind is the closed list of ways in which a request fails; each dialect maps it to its own shape once.
type ErrorKind string

// The kinds of error, with the HTTP status that dialects give them.
const (
	Invalid      ErrorKind = "invalid"      // 400: the request is wrong
	Unauthorised ErrorKind = "unauthorised" // 401: key absent, wrong, expired
	Unpaid       ErrorKind = "unpaid"       // 402: balance or budget gone
	Forbidden    ErrorKind = "forbidden"    // 403: key may not do this
	NotFound     ErrorKind = "not_found"    // 404: no such model
	TooLarge     ErrorKind = "too_large"    // 413: body or context exceeded
	Busy         ErrorKind = "busy"         // 429: rate or queue full, retry later
	Unsupported  ErrorKind = "unsupported"  // 501: the model or backend cannot do it
	Unavailable  ErrorKind = "unavailable"  // 503: no provider or backend, with the reason
	Internal     ErrorKind = "internal"     // 500: our fault
)

// Error is what a person or client sees: a cause and, where there is one, a hint.
type Error struct {
	Kind  ErrorKind
	Cause string
	Hint  string
	Param string // the request field at fault, "" when none is
	Err   error  // wrapped, for logs; may be nil
}

// Errorf makes an error of a kind with a formatted cause.
func Errorf(kind ErrorKind, format string, args ...any) *Error {
	wrapped := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Cause: wrapped.Error(), Err: wrapped}
}

// Mark stands between the name of a model and a part of its digest, where several have the name.
const Mark = "@"

// Ambiguous refuses a name that several models have.
func Ambiguous(name string, count int) *Error {
	return Errorf(NotFound, "%d models are called %q", count, name).WithParam("model").
		WithHint("ask for one by its digest, or by its name with " + Mark + " and the first digits of it; GET /v1/models lists them")
}

// WithHint returns the same error with a hint.
func (e *Error) WithHint(hint string) *Error {
	c := *e
	c.Hint = hint
	return &c
}

// WithParam returns the same error naming the request field at fault.
func (e *Error) WithParam(param string) *Error {
	c := *e
	c.Param = param
	return &c
}

// Error is the cause, and the hint behind it.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Cause
	}
	return e.Cause + " (" + e.Hint + ")"
}

// Unwrap gives the wrapped error.
func (e *Error) Unwrap() error { return e.Err }

// Status is the HTTP status of a kind.
func (k ErrorKind) Status() int {
	switch k {
	case Invalid:
		return http.StatusBadRequest
	case Unauthorised:
		return http.StatusUnauthorized
	case Unpaid:
		return http.StatusPaymentRequired
	case Forbidden:
		return http.StatusForbidden
	case NotFound:
		return http.StatusNotFound
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case Busy:
		return http.StatusTooManyRequests
	case Unsupported:
		return http.StatusNotImplemented
	case Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// AsError finds the typed error in err, or makes one that tells a caller no more than it should know.
func AsError(err error) *Error {
	if typed, ok := errors.AsType[*Error](err); ok {
		return typed
	}
	switch {
	case errors.Is(err, context.Canceled):
		return &Error{Kind: Unavailable, Cause: "the request was cancelled", Err: err}
	case errors.Is(err, syscall.ENOSPC):
		return &Error{Kind: Unavailable, Cause: "the disk of this machine is full", Hint: "free some space: nothing is answered that cannot be accounted for", Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: Unavailable, Cause: "the answer took too long", Hint: "try again, or ask for fewer tokens", Err: err}
	default:
		return &Error{Kind: Internal, Cause: "internal error", Hint: "the log of the machine that answers says more", Err: err}
	}
}

// IsKind tells whether err is, or wraps, an error of a kind.
func IsKind(err error, kind ErrorKind) bool {
	typed, ok := errors.AsType[*Error](err)
	return ok && typed.Kind == kind
}
