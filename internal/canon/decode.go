package canon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Unmarshal reads the canonical form into v, a pointer to a zero value.
func Unmarshal(data []byte, v any, limits Limits) error {
	if err := bound(data, limits); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%w: %w", ErrForm, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: data after the value", ErrForm)
	}
	again, err := Marshal(v)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForm, err)
	}
	return same(data, again)
}

// same tells where two encodings part.
func same(data, again []byte) error {
	if bytes.Equal(data, again) {
		return nil
	}
	at := 0
	for at < len(data) && at < len(again) && data[at] == again[at] {
		at++
	}
	return fmt.Errorf("%w: the canonical form differs from byte %d on", ErrForm, at)
}

// bound checks size and depth without decoding; brackets inside strings do not count.
func bound(data []byte, limits Limits) error {
	if len(data) > limits.Bytes {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrForm, len(data), limits.Bytes)
	}
	depth, quoted, escaped := 0, false, false
	for _, c := range data {
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > limits.Depth {
				return fmt.Errorf("%w: nested deeper than %d", ErrForm, limits.Depth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}
