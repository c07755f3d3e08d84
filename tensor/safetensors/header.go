package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// metadataKey holds strings about the file, not a tensor.
const metadataKey = "__metadata__"

// header reads the JSON of a file token by token, so that duplicate keys and unknown fields are seen.
type header struct {
	d *json.Decoder
}

func (f *File) parse(raw []byte) error {
	h := header{json.NewDecoder(bytes.NewReader(raw))}
	h.d.UseNumber()
	seen := make(map[string]bool)
	err := h.object("header", func(key string) error {
		if seen[key] {
			return bad("header", "key %q appears twice", key)
		}
		seen[key] = true
		if key == metadataKey {
			return h.metadata(f)
		}
		if key == "" || len(key) > maxName {
			return bad("header", "a tensor name has %d bytes, want 1 to %d", len(key), maxName)
		}
		t, err := h.tensor(key)
		f.Tensors = append(f.Tensors, t)
		return err
	})
	if err != nil {
		return err
	}
	// Only spaces may pad the header.
	if rest := raw[h.d.InputOffset():]; len(bytes.Trim(rest, " ")) > 0 {
		return bad("header", "%d bytes follow the JSON object", len(rest))
	}
	return nil
}

func (h header) metadata(f *File) error {
	f.Metadata = make(map[string]string)
	return h.object(metadataKey, func(key string) error {
		if _, dup := f.Metadata[key]; dup {
			return bad(metadataKey, "key %q appears twice", key)
		}
		text, err := h.text(metadataKey)
		f.Metadata[key] = text
		return err
	})
}

func (h header) tensor(name string) (Tensor, error) {
	t := Tensor{Name: name}
	field := fmt.Sprintf("tensor %q", name)
	var offsets []uint64
	seen := make(map[string]bool)
	err := h.object(field, func(key string) error {
		if seen[key] {
			return bad(field, "key %q appears twice", key)
		}
		seen[key] = true
		var err error
		switch key {
		case "dtype":
			var text string
			text, err = h.text(field)
			t.DType = DType(text)
		case "shape":
			t.Shape, err = h.numbers(field, maxDims)
		case "data_offsets":
			offsets, err = h.numbers(field, 2)
		default:
			err = bad(field, "unknown field %q", key)
		}
		return err
	})
	if err != nil {
		return t, err
	}
	size, fits := bytesOf(t.DType, t.Shape)
	switch {
	case !seen["dtype"] || !seen["shape"] || len(offsets) != 2:
		return t, bad(field, "dtype, shape or the two data_offsets are missing")
	case t.DType.Size() == 0:
		return t, bad(field, "unknown dtype %q", t.DType)
	case !fits:
		return t, bad(field, "shape %v is too large", t.Shape)
	case offsets[0] > offsets[1] || offsets[1]-offsets[0] != size:
		return t, bad(field, "data_offsets %v do not hold the %d bytes of %s %v", offsets, size, t.DType, t.Shape)
	}
	t.Offset, t.Bytes = offsets[0], size
	return t, nil
}

// object calls each for every key; each reads the value.
func (h header) object(field string, each func(key string) error) error {
	if err := h.delim(field, '{'); err != nil {
		return err
	}
	for h.d.More() {
		key, err := h.text(field)
		if err != nil {
			return err
		}
		if err := each(key); err != nil {
			return err
		}
	}
	return h.delim(field, '}')
}

func (h header) numbers(field string, most int) ([]uint64, error) {
	if err := h.delim(field, '['); err != nil {
		return nil, err
	}
	var out []uint64
	for h.d.More() {
		if len(out) == most {
			return nil, bad(field, "a list of more than %d numbers", most)
		}
		token, err := h.token(field)
		if err != nil {
			return nil, err
		}
		number, _ := token.(json.Number)
		n, err := strconv.ParseUint(number.String(), 10, 63)
		if err != nil {
			return nil, bad(field, "%v is no size", token)
		}
		out = append(out, n)
	}
	return out, h.delim(field, ']')
}

func (h header) text(field string) (string, error) {
	token, err := h.token(field)
	if err != nil {
		return "", err
	}
	text, ok := token.(string)
	if !ok {
		return "", bad(field, "want a string, have %v", token)
	}
	return text, nil
}

func (h header) delim(field string, want json.Delim) error {
	token, err := h.token(field)
	if err == nil && token != want {
		err = bad(field, "want %s, have %.40v", want, token)
	}
	return err
}

func (h header) token(field string) (json.Token, error) {
	token, err := h.d.Token()
	if errors.Is(err, io.EOF) {
		return nil, bad(field, "the JSON ends early")
	}
	if err != nil {
		return nil, bad(field, "the JSON is malformed: %v", err)
	}
	return token, nil
}
