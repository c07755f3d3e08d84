package receipt

import (
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

const (
	idPrefix = "r-"
	idBytes  = 16 // random; 26 base32 digits
	idLetter = "abcdefghijklmnopqrstuvwxyz234567"
)

// ID names a receipt before its answer begins: "r-" and 26 lower-case base32 digits.
type ID string

// NewID draws an id.
func NewID(random io.Reader) (ID, error) {
	var b [idBytes]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("draw a receipt id: %w", err)
	}
	return idOf(b), nil
}

// ParseID reads an id in its one form.
func ParseID(s string) (ID, error) {
	digits, ok := strings.CutPrefix(s, idPrefix)
	if !ok {
		return "", fmt.Errorf("%w: a receipt id begins with %q", ErrMalformed, idPrefix)
	}
	b, err := base32.NewEncoding(idLetter).WithPadding(base32.NoPadding).DecodeString(digits)
	if err != nil || len(b) != idBytes || idOf([idBytes]byte(b)) != ID(s) {
		return "", fmt.Errorf("%w: a receipt id has 26 base32 digits", ErrMalformed)
	}
	return ID(s), nil
}

func idOf(b [idBytes]byte) ID {
	return ID(idPrefix + base32.NewEncoding(idLetter).WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

// NewQuoteID draws a quote id.
func NewQuoteID(random io.Reader) (QuoteID, error) {
	var q QuoteID
	if _, err := io.ReadFull(random, q[:]); err != nil {
		return q, fmt.Errorf("draw a quote id: %w", err)
	}
	return q, nil
}

// String is the text form: 32 lower-case hexadecimal digits.
func (q QuoteID) String() string { return hex.EncodeToString(q[:]) }

// IsZero tells an absent quote id.
func (q QuoteID) IsZero() bool { return q == QuoteID{} }

// MarshalText writes the text form; an absent id is empty.
func (q QuoteID) MarshalText() ([]byte, error) { return marshalHex(q[:]), nil }

// UnmarshalText reads what MarshalText writes.
func (q *QuoteID) UnmarshalText(text []byte) error { return unmarshalHex("quote id", q[:], text) }
