package safetensors

import "fmt"

// FormatError says where a file stops being a safetensors file and what to do about it.
type FormatError struct {
	Field string // what was being read
	Cause string
	Hint  string
}

// Error gives field, cause and hint in one line.
func (e *FormatError) Error() string {
	s := "safetensors: " + e.Field + ": " + e.Cause
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

func bad(field, cause string, args ...any) error {
	return &FormatError{Field: field, Cause: fmt.Sprintf(cause, args...)}
}

// Hints for the two usual mistakes.
const (
	cutShort = "the file is cut short or has more at its end; download it again"
	notOne   = "is this a safetensors file? PyTorch's .bin and .pt files are not"
)
