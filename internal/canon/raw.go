package canon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Valid tells whether raw is one JSON value in canonical form: no white space, no duplicate keys, the shortest escapes, and
// numbers as Go writes an integer or a float64. Keys keep the order that their owner gave them.
func Valid(raw []byte, limits Limits) error {
	if err := bound(raw, limits); err != nil {
		return err
	}
	w := rawWriter{decoder: json.NewDecoder(bytes.NewReader(raw))}
	w.decoder.UseNumber()
	if err := w.value(); err != nil {
		return fmt.Errorf("%w: %w", ErrForm, err)
	}
	if _, err := w.decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: data after the value", ErrForm)
	}
	return same(raw, w.out.Bytes())
}

// rawWriter writes again what it reads, token by token. Recursion is bounded by Limits.Depth.
type rawWriter struct {
	decoder *json.Decoder
	out     bytes.Buffer
}

func (w *rawWriter) value() error {
	token, err := w.decoder.Token()
	if err != nil {
		return err
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return w.object()
		}
		return w.array()
	case json.Number:
		return w.number(t.String())
	default:
		return w.scalar(t)
	}
}

func (w *rawWriter) object() error {
	seen := map[string]bool{}
	w.out.WriteByte('{')
	for w.decoder.More() {
		token, err := w.decoder.Token()
		if err != nil {
			return err
		}
		key, ok := token.(string)
		if !ok || seen[key] {
			return fmt.Errorf("key %v is no string or stands twice", token)
		}
		if len(seen) > 0 {
			w.out.WriteByte(',')
		}
		seen[key] = true
		if err := w.scalar(key); err != nil {
			return err
		}
		w.out.WriteByte(':')
		if err := w.value(); err != nil {
			return err
		}
	}
	w.out.WriteByte('}')
	_, err := w.decoder.Token()
	return err
}

func (w *rawWriter) array() error {
	w.out.WriteByte('[')
	for i := 0; w.decoder.More(); i++ {
		if i > 0 {
			w.out.WriteByte(',')
		}
		if err := w.value(); err != nil {
			return err
		}
	}
	w.out.WriteByte(']')
	_, err := w.decoder.Token()
	return err
}

func (w *rawWriter) scalar(v any) error {
	b, err := Marshal(v)
	if err != nil {
		return err
	}
	w.out.Write(b)
	return nil
}

// number takes integers as they stand, JSON allows no leading zeros, and gives fractions the form of a float64.
func (w *rawWriter) number(s string) error {
	if !strings.ContainsAny(s, ".eE") {
		if s == "-0" {
			return errors.New("minus zero")
		}
		w.out.WriteString(s)
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return err
	}
	return w.scalar(f)
}
