package gguf

import (
	"fmt"
	"math"
)

// Metadata is the key-value part of a file. Values have the Go type of their GGUF kind:
// uint8 to int64, float32, float64, bool, string, or a slice of one of these.
type Metadata map[string]any

// Uint reads any integer kind that is not negative.
func (m Metadata) Uint(key string) (uint64, error) {
	v, ok := m[key]
	if !ok {
		return 0, &KeyError{Key: key, Want: "an unsigned integer"}
	}
	if u, ok := toUint(v); ok {
		return u, nil
	}
	return 0, &KeyError{Key: key, Want: "an unsigned integer", Have: describe(v)}
}

// UintOr is Uint with a value for a missing key.
func (m Metadata) UintOr(key string, missing uint64) (uint64, error) {
	if _, ok := m[key]; !ok {
		return missing, nil
	}
	return m.Uint(key)
}

// Float reads a float32 or a float64 that fits one.
func (m Metadata) Float(key string) (float32, error) {
	switch v := m[key].(type) {
	case nil:
		return 0, &KeyError{Key: key, Want: "a float"}
	case float32:
		return v, nil
	case float64:
		if math.Abs(v) <= math.MaxFloat32 {
			return float32(v), nil
		}
	}
	return 0, &KeyError{Key: key, Want: "a float", Have: describe(m[key])}
}

// FloatOr is Float with a value for a missing key.
func (m Metadata) FloatOr(key string, missing float32) (float32, error) {
	if _, ok := m[key]; !ok {
		return missing, nil
	}
	return m.Float(key)
}

// String reads a string.
func (m Metadata) String(key string) (string, error) { return value[string](m, key, "a string") }

// StringOr is String with a value for a missing key.
func (m Metadata) StringOr(key, missing string) (string, error) {
	if _, ok := m[key]; !ok {
		return missing, nil
	}
	return m.String(key)
}

// BoolOr reads a bool, with a value for a missing key.
func (m Metadata) BoolOr(key string, missing bool) (bool, error) {
	if _, ok := m[key]; !ok {
		return missing, nil
	}
	return value[bool](m, key, "a bool")
}

// Strings reads an array of strings.
func (m Metadata) Strings(key string) ([]string, error) {
	return value[[]string](m, key, "an array of strings")
}

// Floats reads an array of float32.
func (m Metadata) Floats(key string) ([]float32, error) {
	return value[[]float32](m, key, "an array of float32")
}

// Ints reads an array of int32; uint32 elements that fit are accepted.
func (m Metadata) Ints(key string) ([]int32, error) {
	u, ok := m[key].([]uint32)
	if !ok {
		return value[[]int32](m, key, "an array of int32")
	}
	out := make([]int32, len(u))
	for i, v := range u {
		if v > math.MaxInt32 {
			return nil, &KeyError{Key: key, Want: "an array of int32", Have: fmt.Sprintf("element %d = %d", i, v)}
		}
		out[i] = int32(v)
	}
	return out, nil
}

func value[T any](m Metadata, key, want string) (T, error) {
	v, ok := m[key]
	if !ok {
		var zero T
		return zero, &KeyError{Key: key, Want: want}
	}
	t, ok := v.(T)
	if !ok {
		return t, &KeyError{Key: key, Want: want, Have: describe(v)}
	}
	return t, nil
}

func toUint(v any) (uint64, bool) {
	switch v := v.(type) {
	case uint8:
		return uint64(v), true
	case uint16:
		return uint64(v), true
	case uint32:
		return uint64(v), true
	case uint64:
		return v, true
	case int8:
		return uint64(v), v >= 0
	case int16:
		return uint64(v), v >= 0
	case int32:
		return uint64(v), v >= 0
	case int64:
		return uint64(v), v >= 0
	default:
		return 0, false
	}
}

func describe(v any) string {
	switch v := v.(type) {
	case uint8, uint16, uint32, uint64, int8, int16, int32, int64, float32, float64, bool:
		return fmt.Sprintf("%T %v", v, v)
	default:
		return fmt.Sprintf("%T", v)
	}
}
