package jinja

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// undefined is what a name stands for that has no value: it prints as nothing and is false.
type undefined struct{}

// namespace is the one thing that a template can change: names set in a loop end with it.
type namespace struct{ values map[string]any }

// function is something that can be called.
type function func(r *run, args given) (any, error)

// given are the arguments of a call, computed.
type given struct {
	list  []any
	named map[string]any
}

// at gives an argument by place or by name, or what stands for it when it is absent.
func (g given) at(place int, name string, absent any) any {
	if place < len(g.list) {
		return g.list[place]
	}
	if value, ok := g.named[name]; ok {
		return value
	}
	return absent
}

// text gives a text argument, the empty one when it is absent.
func (g given) text(place int, name string) (string, error) {
	value, ok := g.at(place, name, "").(string)
	if !ok {
		return "", fmt.Errorf("argument %d (%s) is not text", place+1, name)
	}
	return value, nil
}

func truth(value any) bool {
	switch v := value.(type) {
	case nil, undefined:
		return false
	case bool:
		return v
	case int:
		return v != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	default:
		return true
	}
}

// show is how a value is printed, as Python prints it.
func (r *run) show(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case undefined:
		return "", nil
	default:
		var out strings.Builder
		err := r.spell(&out, v, maxNest)
		return out.String(), err
	}
}

// spell writes a value as Python's repr does. Keys are sorted: the maps that come in have no order to keep.
func (r *run) spell(out *strings.Builder, value any, depth int) error {
	if depth == 0 {
		return fmt.Errorf("%w: a value is nested more than %d deep", ErrBound, maxNest)
	}
	if err := r.step(); err != nil {
		return err
	}
	before := out.Len()
	switch v := value.(type) {
	case nil:
		out.WriteString("None")
	case undefined:
		out.WriteString("Undefined")
	case bool:
		out.WriteString(map[bool]string{true: "True", false: "False"}[v])
	case int:
		out.WriteString(strconv.Itoa(v))
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".eIN") {
			text += ".0"
		}
		out.WriteString(text)
	case string:
		out.WriteString(quote(v))
	case []any:
		return r.spellAll(out, "[", "]", len(v), func(i int) error { return r.spell(out, v[i], depth-1) })
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		return r.spellAll(out, "{", "}", len(v), func(i int) error {
			out.WriteString(quote(keys[i]) + ": ")
			return r.spell(out, v[keys[i]], depth-1)
		})
	default:
		out.WriteString("<object>")
	}
	return r.make(out.Len() - before)
}

func (r *run) spellAll(out *strings.Builder, open, closing string, count int, each func(i int) error) error {
	out.WriteString(open)
	for i := range count {
		if i > 0 {
			out.WriteString(", ")
		}
		if err := each(i); err != nil {
			return err
		}
	}
	out.WriteString(closing)
	return r.make(len(open) + len(closing) + 2*count)
}

func quote(text string) string {
	mark := "'"
	if strings.Contains(text, "'") && !strings.Contains(text, `"`) {
		mark = `"`
	}
	return mark + strings.NewReplacer(`\`, `\\`, mark, `\`+mark, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(text) + mark
}

// equal compares as Python does; numbers and truth values by their worth.
func (r *run) equal(a, b any, depth int) (bool, error) {
	if depth == 0 {
		return false, fmt.Errorf("%w: a value is nested more than %d deep", ErrBound, maxNest)
	}
	if err := r.step(); err != nil {
		return false, err
	}
	if x, ok := numeric(a); ok {
		y, ok := numeric(b)
		return ok && x == y, nil
	}
	switch x := a.(type) {
	case nil:
		return b == nil, nil
	case undefined:
		_, ok := b.(undefined)
		return ok, nil
	case string:
		y, ok := b.(string)
		return ok && x == y, nil
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false, nil
		}
		for i := range x {
			if same, err := r.equal(x[i], y[i], depth-1); err != nil || !same {
				return false, err
			}
		}
		return true, nil
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false, nil
		}
		for key, value := range x {
			other, ok := y[key]
			if !ok {
				return false, nil
			}
			if same, err := r.equal(value, other, depth-1); err != nil || !same {
				return false, err
			}
		}
		return true, nil
	default:
		return false, nil
	}
}

func numeric(value any) (float64, bool) {
	switch v := value.(type) {
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case int:
		return float64(v), true
	case float64:
		return v, true
	default:
		return 0, false
	}
}

func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "none"
	case undefined:
		return "undefined"
	case bool:
		return "a truth value"
	case int, float64:
		return "a number"
	case string:
		return "text"
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	default:
		return "an object"
	}
}
