package grammar

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// member is one key of an object in the order of the text.
type member struct {
	key   string
	value any
}

type object []member

func (o object) find(key string) (any, bool) {
	for _, m := range o {
		if m.key == key {
			return m.value, true
		}
	}
	return nil, false
}

// decode keeps the order of keys and the spelling of numbers.
func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := decodeValue(d, 0)
	if err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("text after the schema")
	}
	return v, nil
}

func decodeValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("nested deeper than %d", maxNesting)
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return t, nil
	}
	var list []any
	var members object
	seen := make(map[string]bool)
	for d.More() {
		key := ""
		if delim == '{' {
			k, err := d.Token()
			if err != nil {
				return nil, err
			}
			key = k.(string)
			if seen[key] {
				return nil, fmt.Errorf("the key %q comes twice", key)
			}
			seen[key] = true
		}
		v, err := decodeValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list, members = append(list, v), append(members, member{key, v})
	}
	if _, err = d.Token(); err != nil {
		return nil, err
	}
	if delim == '{' {
		return members, nil
	}
	return list, nil
}

// encode writes compact JSON with keys in their order.
func encode(to *bytes.Buffer, v any) error {
	switch v := v.(type) {
	case object:
		to.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				to.WriteByte(',')
			}
			if err := encode(to, m.key); err != nil {
				return err
			}
			to.WriteByte(':')
			if err := encode(to, m.value); err != nil {
				return err
			}
		}
		to.WriteByte('}')
		return nil
	case []any:
		to.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				to.WriteByte(',')
			}
			if err := encode(to, item); err != nil {
				return err
			}
		}
		to.WriteByte(']')
		return nil
	}
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	to.Truncate(max(0, to.Len()-1)) // the line end that Encode adds
	return err
}
