package jinja

import (
	"fmt"
)

func (e index) eval(r *run) (any, error) {
	of, err := r.value(e.of)
	if err != nil {
		return nil, err
	}
	key, err := r.value(e.key)
	if err != nil {
		return nil, err
	}
	switch v := of.(type) {
	case map[string]any:
		word, ok := key.(string)
		if value, found := v[word]; ok && found {
			return value, nil
		}
	case *namespace:
		word, ok := key.(string)
		if value, found := v.values[word]; ok && found {
			return value, nil
		}
	case []any:
		if i, ok := key.(int); ok {
			if i < 0 {
				i += len(v)
			}
			if i >= 0 && i < len(v) {
				return v[i], nil
			}
		}
	case string:
		if i, ok := key.(int); ok {
			part, err := r.cut(v, &i, nil, true)
			return part, err
		}
	case undefined, nil:
		return nil, fmt.Errorf("%s has nothing called %v", kindOf(of), key)
	}
	if word, ok := key.(string); ok {
		if found := method(of, word); found != nil {
			return found, nil
		}
	}
	return undefined{}, nil
}

func (e slice) eval(r *run) (any, error) {
	of, err := r.value(e.of)
	if err != nil {
		return nil, err
	}
	from, err := r.bound(e.from)
	if err != nil {
		return nil, err
	}
	to, err := r.bound(e.to)
	if err != nil {
		return nil, err
	}
	step, err := r.bound(e.step)
	if err != nil {
		return nil, err
	}
	switch v := of.(type) {
	case string:
		if step != nil && *step != 1 {
			return nil, fmt.Errorf("text cannot be taken in steps")
		}
		return r.cut(v, from, to, false)
	case []any:
		if step != nil && *step == -1 && from == nil && to == nil {
			out := make([]any, len(v))
			for i := range v {
				out[len(v)-1-i] = v[i]
			}
			return out, r.make(16 * len(v))
		}
		if step != nil && *step != 1 {
			return nil, fmt.Errorf("a list is taken in steps of 1 or -1")
		}
		low, high := span(len(v), from, to)
		return v[low:high], nil
	default:
		return nil, fmt.Errorf("%s has no parts", kindOf(of))
	}
}

func (r *run) bound(of expression) (*int, error) {
	if of == nil {
		return nil, nil
	}
	value, err := r.value(of)
	if err != nil || value == nil {
		return nil, err
	}
	number, ok := value.(int)
	if !ok {
		return nil, fmt.Errorf("%s is not a place", kindOf(value))
	}
	return &number, nil
}

// span reads Python's bounds: negative ones count from the end, and all are clipped.
func span(length int, from, to *int) (low, high int) {
	clip := func(place *int, absent int) int {
		if place == nil {
			return absent
		}
		at := *place
		if at < 0 {
			at += length
		}
		return min(max(at, 0), length)
	}
	low, high = clip(from, 0), clip(to, length)
	return low, max(low, high)
}

// cut takes characters, not bytes: one at a place, or those between two.
func (r *run) cut(text string, from, to *int, one bool) (any, error) {
	if err := r.make(4 * len(text)); err != nil {
		return nil, err
	}
	chars := []rune(text)
	if one {
		at := *from
		if at < 0 {
			at += len(chars)
		}
		if at < 0 || at >= len(chars) {
			return undefined{}, nil
		}
		return string(chars[at]), nil
	}
	low, high := span(len(chars), from, to)
	return string(chars[low:high]), nil
}

func (r *run) given(args arguments) (given, error) {
	out := given{named: make(map[string]any, len(args.keys))}
	for _, part := range args.list {
		value, err := r.value(part)
		if err != nil {
			return out, err
		}
		out.list = append(out.list, value)
	}
	for i, key := range args.keys {
		value, err := r.value(args.values[i])
		if err != nil {
			return out, err
		}
		out.named[key] = value
	}
	return out, nil
}

func (e call) eval(r *run) (any, error) {
	of, err := r.value(e.of)
	if err != nil {
		return nil, err
	}
	callable, ok := of.(function)
	if !ok {
		return nil, fmt.Errorf("%s cannot be called", kindOf(of))
	}
	args, err := r.given(e.arguments)
	if err != nil {
		return nil, err
	}
	return callable(r, args)
}
