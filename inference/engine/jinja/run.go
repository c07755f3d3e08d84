package jinja

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Render evaluates the template with the given names. Values are nil, bool, int, float64, string, []any and
// map[string]any; they are not changed.
func (t *Template) Render(values map[string]any) (string, error) {
	r := &run{budget: newBudget(), scopes: []map[string]any{functions(), {}}, out: &strings.Builder{}}
	maps.Copy(r.scopes[1], values)
	if err := r.all(t.body); err != nil {
		if raised, ok := errors.AsType[*RaisedError](err); ok {
			return "", raised
		}
		return "", fmt.Errorf("render template: %w", err)
	}
	return r.out.String(), nil
}

// run is one rendering.
type run struct {
	budget
	scopes []map[string]any // the first holds the functions, the last is the innermost
	out    *strings.Builder
}

type statement interface{ exec(r *run) error }

type expression interface{ eval(r *run) (any, error) }

func (r *run) all(body []statement) error {
	for _, next := range body {
		if err := r.step(); err != nil {
			return err
		}
		if err := next.exec(r); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) value(of expression) (any, error) {
	if err := r.step(); err != nil {
		return nil, err
	}
	return of.eval(r)
}

func (r *run) write(text string) error {
	if err := r.make(len(text)); err != nil {
		return err
	}
	r.out.WriteString(text)
	return nil
}

// capture gives what a body writes.
func (r *run) capture(body []statement) (string, error) {
	outer := r.out
	defer func() { r.out = outer }()
	r.out = &strings.Builder{}
	err := r.all(body)
	return r.out.String(), err
}

func (r *run) lookup(word string) any {
	for _, scope := range slices.Backward(r.scopes) {
		if value, ok := scope[word]; ok {
			return value
		}
	}
	return undefined{}
}

func (r *run) set(word string, value any) { r.scopes[len(r.scopes)-1][word] = value }

func (r *run) push(names map[string]any) error {
	if err := r.enter(); err != nil {
		return err
	}
	r.scopes = append(r.scopes, names)
	return nil
}

func (r *run) pop() {
	r.scopes = r.scopes[:len(r.scopes)-1]
	r.leave()
}
