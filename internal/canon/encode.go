package canon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrForm refuses bytes that are not the canonical form, or exceed the limits.
var ErrForm = errors.New("not canonical")

// Limits bound what a decoder looks at before it allocates.
type Limits struct {
	Bytes int // of the whole input
	Depth int // of nested objects and arrays
}

// Marshal is the canonical form of v.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}
