package jinja

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// functions are what every template can call.
func functions() map[string]any {
	return map[string]any{
		"range":           function(rangeOf),
		"namespace":       function(func(_ *run, args given) (any, error) { return &namespace{values: maps.Clone(args.named)}, nil }),
		"dict":            function(func(_ *run, args given) (any, error) { return maps.Clone(args.named), nil }),
		"raise_exception": function(raise),
	}
}

func raise(r *run, args given) (any, error) {
	message, err := r.show(args.at(0, "message", "the template refuses these messages"))
	if err != nil {
		return nil, err
	}
	return nil, &RaisedError{Message: message}
}

func rangeOf(r *run, args given) (any, error) {
	numbers := make([]int, len(args.list))
	for i, arg := range args.list {
		value, ok := arg.(int)
		if !ok {
			return nil, fmt.Errorf("range takes whole numbers, not %s", kindOf(arg))
		}
		numbers[i] = value
	}
	var stop int
	start, step := 0, 1
	switch len(numbers) {
	case 1:
		stop = numbers[0]
	case 2:
		start, stop = numbers[0], numbers[1]
	case 3:
		start, stop, step = numbers[0], numbers[1], numbers[2]
	default:
		return nil, fmt.Errorf("range takes one to three numbers")
	}
	if step == 0 {
		return nil, fmt.Errorf("range cannot step by 0")
	}
	var out []any
	for i := start; (step > 0 && i < stop) || (step < 0 && i > stop); i += step {
		if err := r.step(); err != nil {
			return nil, err
		}
		if err := r.make(24); err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

// method gives a method of a value, or nil.
func method(of any, word string) any {
	switch v := of.(type) {
	case string:
		if found, ok := textMethods()[word]; ok {
			return function(func(r *run, args given) (any, error) { return found(r, v, args) })
		}
	case map[string]any:
		switch word {
		case "items":
			return function(func(r *run, _ given) (any, error) { return pairs(r, v) })
		case "keys":
			return function(func(r *run, _ given) (any, error) { return r.items(v) })
		case "values":
			return function(func(r *run, _ given) (any, error) {
				out := make([]any, 0, len(v))
				for _, key := range slices.Sorted(maps.Keys(v)) {
					out = append(out, v[key])
				}
				return out, r.make(16 * len(v))
			})
		case "get":
			return function(func(_ *run, args given) (any, error) {
				key, err := args.text(0, "key")
				if value, ok := v[key]; ok {
					return value, err
				}
				return args.at(1, "default", nil), err
			})
		}
	}
	return nil
}

func pairs(r *run, of map[string]any) (any, error) {
	out := make([]any, 0, len(of))
	for _, key := range slices.Sorted(maps.Keys(of)) {
		out = append(out, []any{key, of[key]})
	}
	return out, r.make(64 * len(of))
}

type textMethod func(r *run, text string, args given) (any, error)

const blanks = " \t\r\n\v\f"

func textMethods() map[string]textMethod {
	trim := func(cut func(text, set string) string) textMethod {
		return func(_ *run, text string, args given) (any, error) {
			set, ok := args.at(0, "chars", nil).(string)
			if !ok {
				set = blanks
			}
			return cut(text, set), nil
		}
	}
	change := func(how func(string) string) textMethod {
		return func(r *run, text string, _ given) (any, error) {
			if err := r.make(2 * len(text)); err != nil {
				return nil, err
			}
			return how(text), nil
		}
	}
	edge := func(has func(text, part string) bool) textMethod {
		return func(_ *run, text string, args given) (any, error) {
			if choices, ok := args.at(0, "prefix", nil).([]any); ok {
				for _, item := range choices {
					if part, ok := item.(string); ok && has(text, part) {
						return true, nil
					}
				}
				return false, nil
			}
			part, err := args.text(0, "prefix")
			return has(text, part), err
		}
	}
	return map[string]textMethod{
		"strip": trim(strings.Trim), "lstrip": trim(strings.TrimLeft), "rstrip": trim(strings.TrimRight),
		"upper": change(strings.ToUpper), "lower": change(strings.ToLower), "capitalize": change(capital), "title": change(title),
		"startswith": edge(strings.HasPrefix), "endswith": edge(strings.HasSuffix),
		"split": split2(strings.Split, strings.SplitN), "replace": replace,
		"find": func(_ *run, text string, args given) (any, error) {
			part, err := args.text(0, "sub")
			return strings.Index(text, part), err
		},
		"join": func(r *run, text string, args given) (any, error) {
			return joined(r, args.at(0, "iterable", nil), text)
		},
	}
}

func split2(all func(s, sep string) []string, some func(s, sep string, n int) []string) textMethod {
	return func(r *run, text string, args given) (any, error) {
		if err := r.make(16*len(text) + 16); err != nil {
			return nil, err
		}
		separator, ok := args.at(0, "sep", nil).(string)
		if !ok {
			return texts(strings.Fields(text)), nil
		}
		if separator == "" {
			return nil, fmt.Errorf("split needs a separator")
		}
		if most, ok := args.at(1, "maxsplit", nil).(int); ok && most >= 0 {
			return texts(some(text, separator, most+1)), nil
		}
		return texts(all(text, separator)), nil
	}
}

func replace(r *run, text string, args given) (any, error) {
	old, err := args.text(0, "old")
	if err != nil {
		return nil, err
	}
	fresh, err := args.text(1, "new")
	if err != nil {
		return nil, err
	}
	if err := r.make(len(text) + strings.Count(text, old)*len(fresh)); err != nil {
		return nil, err
	}
	return strings.ReplaceAll(text, old, fresh), nil
}

func capital(text string) string {
	for i := range text {
		if i > 0 {
			return strings.ToUpper(text[:i]) + strings.ToLower(text[i:])
		}
	}
	return strings.ToUpper(text)
}

func title(text string) string {
	words := strings.Split(text, " ")
	for i, word := range words {
		words[i] = capital(word)
	}
	return strings.Join(words, " ")
}
