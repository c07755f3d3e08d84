package jinja

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (e filter) eval(r *run) (any, error) {
	of, err := r.value(e.of)
	if err != nil {
		return nil, err
	}
	args, err := r.given(e.arguments)
	if err != nil {
		return nil, err
	}
	switch e.name {
	case "trim", "upper", "lower", "capitalize", "title", "replace":
		text, err := r.show(of)
		if err != nil {
			return nil, err
		}
		word := e.name
		if word == "trim" {
			word = "strip"
		}
		return textMethods()[word](r, text, args)
	case "string":
		return r.show(of)
	case "safe", "e", "escape": // there is no escaping to turn on or off
		return of, nil
	case "default", "d":
		_, absent := of.(undefined)
		if absent || (truth(args.at(1, "boolean", false)) && !truth(of)) {
			return args.at(0, "default_value", ""), nil
		}
		return of, nil
	case "tojson":
		return r.toJSON(of, args)
	case "items":
		if values, ok := of.(map[string]any); ok {
			return pairs(r, values)
		}
		return nil, fmt.Errorf("%s has no items", kindOf(of))
	case "int":
		return toInt(of), nil
	default:
		return r.filterList(e.name, of, args)
	}
}

func (r *run) filterList(word string, of any, args given) (any, error) {
	if text, ok := of.(string); ok && (word == "length" || word == "count") {
		return len([]rune(text)), r.make(4 * len(text))
	}
	items, err := r.items(of)
	if err != nil {
		return nil, err
	}
	switch word {
	case "length", "count":
		return len(items), nil
	case "list":
		return items, nil
	case "first", "last":
		if len(items) == 0 {
			return undefined{}, nil
		}
		if word == "first" {
			return items[0], nil
		}
		return items[len(items)-1], nil
	case "reverse":
		out := slices.Clone(items)
		slices.Reverse(out)
		return out, r.make(16 * len(items))
	case "join":
		separator, err := args.text(0, "d")
		if err != nil {
			return nil, err
		}
		return joined(r, of, separator)
	case "map", "selectattr", "rejectattr", "select", "reject":
		return r.choose(word, items, args)
	default:
		return nil, fmt.Errorf("the filter %q is not known", word)
	}
}

func joined(r *run, of any, separator string) (any, error) {
	items, err := r.items(of)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	for i, item := range items {
		text, err := r.show(item)
		if err != nil {
			return nil, err
		}
		if err := r.make(len(text) + len(separator)); err != nil {
			return nil, err
		}
		if i > 0 {
			out.WriteString(separator)
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

// choose does map(attribute=...), and keeps or drops items by a test of an attribute or of themselves.
func (r *run) choose(word string, items []any, args given) (any, error) {
	attribute, byAttribute := "", word == "map"
	rest := args.list
	switch {
	case word == "map":
		named, ok := args.named["attribute"].(string)
		if !ok {
			return nil, fmt.Errorf("map takes an attribute")
		}
		attribute = named
	case strings.HasSuffix(word, "attr"):
		named, err := args.text(0, "attr")
		if err != nil {
			return nil, err
		}
		attribute, byAttribute, rest = named, true, args.list[min(1, len(args.list)):]
	}
	check, arguments := "", []any{}
	if len(rest) > 0 {
		check, _ = rest[0].(string)
		arguments = rest[1:]
	}
	out := []any{}
	for _, item := range items {
		value := item
		if byAttribute {
			var err error
			if value, err = (index{constant{item}, constant{attribute}}).eval(r); err != nil {
				return nil, err
			}
		}
		if word == "map" {
			out = append(out, value)
			continue
		}
		passed := truth(value)
		if check != "" {
			var err error
			if passed, err = r.passes(check, value, given{list: arguments}); err != nil {
				return nil, err
			}
		}
		if passed == strings.HasPrefix(word, "select") {
			out = append(out, item)
		}
	}
	return out, r.make(16 * len(items))
}

func toInt(of any) any {
	switch v := of.(type) {
	case bool, float64:
		number, _ := numeric(v)
		return int(number)
	case int:
		return v
	case string:
		var number int
		if _, err := fmt.Sscanf(strings.TrimSpace(v), "%d", &number); err == nil {
			return number
		}
	}
	return 0
}

// toJSON writes as Python's json does: a blank after colons and commas, characters as they are.
func (r *run) toJSON(of any, args given) (any, error) {
	indent := -1
	if wanted, ok := args.at(0, "indent", nil).(int); ok {
		indent = min(max(wanted, 0), 16)
	}
	var out strings.Builder
	err := r.encode(&out, of, indent, 1)
	return out.String(), err
}

func (r *run) encode(out *strings.Builder, of any, indent, depth int) error {
	if depth > maxNest {
		return fmt.Errorf("%w: a value is nested more than %d deep", ErrBound, maxNest)
	}
	if err := r.step(); err != nil {
		return err
	}
	switch v := of.(type) {
	case []any:
		return r.encodeAll(out, "[]", len(v), indent, depth, func(i int) error { return r.encode(out, v[i], indent, depth+1) })
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		return r.encodeAll(out, "{}", len(v), indent, depth, func(i int) error {
			if err := r.encode(out, keys[i], indent, depth+1); err != nil {
				return err
			}
			out.WriteString(": ")
			return r.encode(out, v[keys[i]], indent, depth+1)
		})
	case nil, bool, int, float64, string:
		var scalar bytes.Buffer
		encoder := json.NewEncoder(&scalar)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(v); err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
		out.Write(bytes.TrimSuffix(scalar.Bytes(), []byte("\n"))) // the encoder's own newline
		return r.make(scalar.Len())
	default:
		return fmt.Errorf("%s cannot be written as JSON", kindOf(of))
	}
}

func (r *run) encodeAll(out *strings.Builder, brackets string, count, indent, depth int, each func(i int) error) error {
	line := func(depth int) {
		if indent >= 0 && count > 0 {
			out.WriteString("\n" + strings.Repeat(" ", indent*depth))
		}
	}
	if err := r.make((count + 1) * (4 + max(0, indent)*depth)); err != nil {
		return err
	}
	out.WriteByte(brackets[0])
	for i := range count {
		if i > 0 && indent >= 0 {
			out.WriteByte(',')
		} else if i > 0 {
			out.WriteString(", ")
		}
		line(depth)
		if err := each(i); err != nil {
			return err
		}
	}
	line(depth - 1)
	out.WriteByte(brackets[1])
	return nil
}
