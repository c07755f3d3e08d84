// Package jsonbody reads and writes the JSON bodies of the dialects: type errors name the field at fault, and nothing is
// escaped for HTML.
package jsonbody

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"ayni.example/inference/engine"
)

// MaxBytes bounds a request body in every dialect, images included.
const MaxBytes = 16 << 20

// Decode reads one JSON object; unknown fields are ignored, as the APIs that the dialects follow do.
func Decode(body []byte, into any) error {
	if len(body) > MaxBytes {
		return engine.Errorf(engine.TooLarge, "the request body has %d bytes, more than %d", len(body), MaxBytes)
	}
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return engine.Errorf(engine.Invalid, "the request body is not a JSON object")
	}
	err := json.Unmarshal(body, into)
	if err == nil {
		return nil
	}
	if typed, ok := errors.AsType[*engine.Error](err); ok {
		return typed
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		param := fieldOf(wrong, into)
		return engine.Errorf(engine.Invalid, "invalid type for '%s': a %s cannot be a %s", param, wrong.Value, kindOf(wrong)).
			WithParam(param)
	}
	return engine.Errorf(engine.Invalid, "the request body is not valid JSON: %w", err)
}

// Encode writes a value without HTML escaping and without the encoder's newline.
func Encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, engine.Errorf(engine.Internal, "write answer: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// Present tells whether a raw value was given and is not null.
func Present(raw json.RawMessage) bool {
	return len(raw) > 0 && !bytes.Equal(bytes.TrimSpace(raw), []byte("null"))
}

// Strings reads a string or an array of strings; null and absent give none.
func Strings(raw json.RawMessage, param string, most int) ([]string, error) {
	if !Present(raw) {
		return nil, nil
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}, nil
	}
	var many []string
	if err := json.Unmarshal(raw, &many); err != nil {
		return nil, engine.Errorf(engine.Invalid, "'%s' must be a string or an array of strings", param).WithParam(param)
	}
	if len(many) > most {
		return nil, engine.Errorf(engine.Invalid, "'%s' has %d entries, more than %d", param, len(many), most).WithParam(param)
	}
	return many, nil
}

// Stop reads stop strings. Empty ones are dropped: they would stop every answer before it starts.
func Stop(raw json.RawMessage, most int) ([]string, error) {
	given, err := Strings(raw, "stop", most)
	if err != nil {
		return nil, err
	}
	var stop []string
	for _, text := range given {
		if text != "" {
			stop = append(stop, text)
		}
	}
	return stop, nil
}

// Within tells whether an optional number lies in a closed range, as an error that names the field.
func Within(param string, value *float64, low, high float64) error {
	if value == nil || (*value >= low && *value <= high) {
		return nil
	}
	return engine.Errorf(engine.Invalid, "'%s' must be between %g and %g", param, low, high).WithParam(param)
}

// fieldOf is the field as the caller wrote it: the decoder's path also names structs that Go embeds.
func fieldOf(err *json.UnmarshalTypeError, into any) string {
	first, rest, nested := strings.Cut(err.Field, ".")
	target := reflect.TypeOf(into).Elem()
	if target.Kind() != reflect.Struct || !nested {
		return err.Field
	}
	if field, ok := target.FieldByName(first); ok && field.Anonymous {
		return rest
	}
	return err.Field
}

func kindOf(err *json.UnmarshalTypeError) string {
	name := strings.TrimLeft(err.Type.String(), "*")
	switch {
	case strings.HasPrefix(name, "[]"):
		return "list"
	case strings.Contains(name, "."), strings.HasPrefix(name, "struct"), strings.HasPrefix(name, "map"):
		return "object"
	case strings.HasPrefix(name, "int"), strings.HasPrefix(name, "uint"):
		return "whole number"
	case strings.HasPrefix(name, "float"):
		return "number"
	default:
		return name
	}
}
