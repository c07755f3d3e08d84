package gguf

import "fmt"

// FormatError says where a file stops being a GGUF file and what to do about it.
type FormatError struct {
	Offset int64  // bytes from the start of the file
	Field  string // what was being read
	Cause  string
	Hint   string
}

// Error gives offset, field, cause and hint in one line.
func (e *FormatError) Error() string {
	s := fmt.Sprintf("gguf: %s at byte %d: %s", e.Field, e.Offset, e.Cause)
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// UnsupportedTypeError names a tensor that is stored in a type this package cannot read.
type UnsupportedTypeError struct {
	Tensor string
	Type   Type
}

// Error names the tensor, its type and the types that work.
func (e *UnsupportedTypeError) Error() string {
	return fmt.Sprintf("gguf: tensor %q is stored as %s, which is not supported (convert the model to F32, F16 or Q8_0)",
		e.Tensor, e.Type)
}

// KeyError says that a metadata key is missing or has another type than asked for.
type KeyError struct {
	Key  string
	Want string
	Have string // empty when the key is missing
}

// Error names the key, the type wanted and the type found.
func (e *KeyError) Error() string {
	if e.Have == "" {
		return fmt.Sprintf("gguf: metadata %q is missing (want %s)", e.Key, e.Want)
	}
	return fmt.Sprintf("gguf: metadata %q is %s, want %s", e.Key, e.Have, e.Want)
}

// Missing reports whether the key is absent, rather than present with another type.
func (e *KeyError) Missing() bool { return e.Have == "" }
