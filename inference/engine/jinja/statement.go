package jinja

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

type (
	literalText string
	group       []statement
	jump        string
	output      struct{ value expression }
	discard     struct{ value expression }
	ifElse      struct {
		conditions []expression
		bodies     [][]statement
		otherwise  []statement
	}
	forLoop struct {
		names           []string
		over, where     expression
		body, otherwise []statement
	}
	assign struct {
		names     []string
		attribute string
		value     expression // or body
		body      []statement
	}
	macro struct {
		name       string
		parameters []string
		defaults   []expression
		body       []statement
	}
)

var (
	errBreak    = errors.New("break outside a loop")
	errContinue = errors.New("continue outside a loop")
)

func (s literalText) exec(r *run) error { return r.write(string(s)) }
func (s group) exec(r *run) error       { return r.all(s) }

func (s jump) exec(*run) error {
	if s == "break" {
		return errBreak
	}
	return errContinue
}

func (s discard) exec(r *run) error {
	_, err := r.value(s.value)
	return err
}

func (s output) exec(r *run) error {
	value, err := r.value(s.value)
	if err != nil {
		return err
	}
	text, err := r.show(value)
	if err != nil {
		return err
	}
	return r.write(text)
}

func (s ifElse) exec(r *run) error {
	for i, condition := range s.conditions {
		value, err := r.value(condition)
		if err != nil {
			return err
		}
		if truth(value) {
			return r.all(s.bodies[i])
		}
	}
	return r.all(s.otherwise)
}

func (s forLoop) exec(r *run) error {
	value, err := r.value(s.over)
	if err != nil {
		return err
	}
	items, err := r.items(value)
	if err != nil {
		return err
	}
	if s.where != nil {
		if items, err = s.filter(r, items); err != nil {
			return err
		}
	}
	if len(items) == 0 {
		return r.all(s.otherwise)
	}
	for i := range items {
		names := map[string]any{"loop": loopOf(items, i)}
		if err := bind(names, s.names, items[i]); err != nil {
			return err
		}
		if err := r.push(names); err != nil {
			return err
		}
		err := r.all(s.body)
		r.pop()
		if errors.Is(err, errBreak) {
			return nil
		}
		if err != nil && !errors.Is(err, errContinue) {
			return err
		}
	}
	return nil
}

func (s forLoop) filter(r *run, items []any) ([]any, error) {
	var kept []any
	for _, item := range items {
		names := map[string]any{}
		if err := bind(names, s.names, item); err != nil {
			return nil, err
		}
		if err := r.push(names); err != nil {
			return nil, err
		}
		value, err := r.value(s.where)
		r.pop()
		if err != nil {
			return nil, err
		}
		if truth(value) {
			kept = append(kept, item)
		}
	}
	return kept, nil
}

func loopOf(items []any, i int) map[string]any {
	at := func(j int) any {
		if j < 0 || j >= len(items) {
			return undefined{}
		}
		return items[j]
	}
	return map[string]any{
		"index": i + 1, "index0": i, "revindex": len(items) - i, "revindex0": len(items) - i - 1, "length": len(items),
		"first": i == 0, "last": i == len(items)-1, "previtem": at(i - 1), "nextitem": at(i + 1),
	}
}

// bind gives one name the value, or several names its parts.
func bind(into map[string]any, names []string, value any) error {
	if len(names) == 1 {
		into[names[0]] = value
		return nil
	}
	parts, ok := value.([]any)
	if !ok || len(parts) != len(names) {
		return fmt.Errorf("%s cannot be taken apart for %d names", kindOf(value), len(names))
	}
	for i, word := range names {
		into[word] = parts[i]
	}
	return nil
}

// items gives what a loop over a value goes through.
func (r *run) items(value any) ([]any, error) {
	switch v := value.(type) {
	case []any:
		return v, nil
	case undefined:
		return nil, nil
	case map[string]any:
		return texts(slices.Sorted(maps.Keys(v))), r.make(16 * len(v))
	case string:
		if err := r.make(16 * len(v)); err != nil {
			return nil, err
		}
		out := make([]any, 0, len(v))
		for _, char := range v {
			out = append(out, string(char))
		}
		return out, nil
	default:
		return nil, fmt.Errorf("%s cannot be gone through", kindOf(value))
	}
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, text := range list {
		out[i] = text
	}
	return out
}

func (s assign) exec(r *run) error {
	var value any
	var err error
	if s.value != nil {
		value, err = r.value(s.value)
	} else {
		value, err = r.capture(s.body)
	}
	if err != nil {
		return err
	}
	if s.attribute == "" {
		return bind(r.scopes[len(r.scopes)-1], s.names, value)
	}
	space, ok := r.lookup(s.names[0]).(*namespace)
	if !ok {
		return fmt.Errorf("%s is not a namespace", s.names[0])
	}
	space.values[s.attribute] = value
	return nil
}

func (s macro) exec(r *run) error {
	r.set(s.name, function(func(r *run, args given) (any, error) {
		if len(args.list) > len(s.parameters) {
			return nil, fmt.Errorf("the macro %s takes %d arguments", s.name, len(s.parameters))
		}
		names := map[string]any{}
		for i, parameter := range s.parameters {
			names[parameter] = args.at(i, parameter, undefined{})
			_, absent := names[parameter].(undefined)
			if fallback := s.defaults[i]; absent && fallback != nil {
				value, err := r.value(fallback)
				if err != nil {
					return nil, err
				}
				names[parameter] = value
			}
		}
		if err := r.push(names); err != nil {
			return nil, err
		}
		defer r.pop()
		return r.capture(s.body)
	}))
	return nil
}
