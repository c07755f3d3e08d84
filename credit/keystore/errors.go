package keystore

import "errors"

// Reasons for which a wallet is not opened or written.
var (
	ErrPassphrase = errors.New("wrong passphrase")           // or, for age, a damaged header: it cannot tell
	ErrAbsent     = errors.New("wallet does not exist")      // create or restore one
	ErrExists     = errors.New("wallet exists already")      // never overwritten
	ErrDamaged    = errors.New("wallet file is damaged")     // restore a backup
	ErrEmpty      = errors.New("passphrase is empty")        // an unprotected file would look protected
	ErrKey        = errors.New("no such key can be rotated") // account keys are not rotated: the money is theirs
)

// Error is an error with a hint for the person at the machine.
type Error struct {
	Err  error
	Path string
	Hint string
}

// Error says what and where, and the hint.
func (e *Error) Error() string { return e.Path + ": " + e.Err.Error() + " (" + e.Hint + ")" }

// Unwrap gives the sentinel.
func (e *Error) Unwrap() error { return e.Err }
