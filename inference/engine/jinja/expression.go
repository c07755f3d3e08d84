package jinja

import (
	"fmt"
	"math"
	"strings"
)

type (
	constant struct{ value any }
	variable string
	list     []expression
	mapping  struct{ keys, values []expression }
	unary    struct {
		op string
		of expression
	}
	binary struct {
		op          string
		left, right expression
	}
	conditional struct{ yes, when, no expression }
	index       struct{ of, key expression }
	slice       struct{ of, from, to, step expression }
	arguments   struct {
		list   []expression
		keys   []string
		values []expression
	}
	call struct {
		of        expression
		arguments arguments
	}
	filter struct {
		of        expression
		name      string
		arguments arguments
	}
	test struct {
		of        expression
		name      string
		arguments arguments
	}
)

func (e constant) eval(*run) (any, error)   { return e.value, nil }
func (e variable) eval(r *run) (any, error) { return r.lookup(string(e)), nil }

func (e list) eval(r *run) (any, error) {
	if err := r.make(16 * len(e)); err != nil {
		return nil, err
	}
	out := make([]any, len(e))
	for i, part := range e {
		value, err := r.value(part)
		if err != nil {
			return nil, err
		}
		out[i] = value
	}
	return out, nil
}

func (e mapping) eval(r *run) (any, error) {
	out := make(map[string]any, len(e.keys))
	for i := range e.keys {
		key, err := r.value(e.keys[i])
		if err != nil {
			return nil, err
		}
		word, ok := key.(string)
		if !ok {
			return nil, fmt.Errorf("%s is not a key", kindOf(key))
		}
		if out[word], err = r.value(e.values[i]); err != nil {
			return nil, err
		}
	}
	return out, r.make(32 * len(e.keys))
}

func (e unary) eval(r *run) (any, error) {
	value, err := r.value(e.of)
	if err != nil {
		return nil, err
	}
	if e.op == "not" {
		return !truth(value), nil
	}
	switch v := value.(type) {
	case int:
		return -v, nil
	case float64:
		return -v, nil
	default:
		return nil, fmt.Errorf("%s cannot be negative", kindOf(value))
	}
}

func (e conditional) eval(r *run) (any, error) {
	when, err := r.value(e.when)
	if err != nil {
		return nil, err
	}
	if truth(when) {
		return r.value(e.yes)
	}
	return r.value(e.no)
}

func (e binary) eval(r *run) (any, error) {
	left, err := r.value(e.left)
	if err != nil {
		return nil, err
	}
	if e.op == "and" && !truth(left) || e.op == "or" && truth(left) {
		return left, nil
	}
	right, err := r.value(e.right)
	if err != nil {
		return nil, err
	}
	switch e.op {
	case "and", "or":
		return right, nil
	case "==", "!=":
		same, err := r.equal(left, right, maxNest)
		return same == (e.op == "=="), err
	case "in", "not in":
		found, err := r.contains(right, left)
		return found == (e.op == "in"), err
	case "<", ">", "<=", ">=":
		return ordered(e.op, left, right)
	case "~":
		return r.join(left, right)
	default:
		return r.arithmetic(e.op, left, right)
	}
}

func (r *run) contains(all, one any) (bool, error) {
	switch v := all.(type) {
	case string:
		part, ok := one.(string)
		if !ok {
			return false, fmt.Errorf("%s cannot be in text", kindOf(one))
		}
		return strings.Contains(v, part), nil
	case map[string]any:
		key, ok := one.(string)
		_, found := v[key]
		return ok && found, nil
	case []any:
		for _, item := range v {
			if same, err := r.equal(item, one, maxNest); err != nil || same {
				return same, err
			}
		}
		return false, nil
	case undefined:
		return false, nil
	default:
		return false, fmt.Errorf("nothing can be in %s", kindOf(all))
	}
}

func ordered(op string, left, right any) (bool, error) {
	order := 0
	x, leftOK := numeric(left)
	y, rightOK := numeric(right)
	a, aOK := left.(string)
	b, bOK := right.(string)
	switch {
	case leftOK && rightOK && x < y:
		order = -1
	case leftOK && rightOK && x > y:
		order = 1
	case leftOK && rightOK:
	case aOK && bOK:
		order = strings.Compare(a, b)
	default:
		return false, fmt.Errorf("%s and %s have no order", kindOf(left), kindOf(right))
	}
	return op == "<" && order < 0 || op == ">" && order > 0 || op == "<=" && order <= 0 || op == ">=" && order >= 0, nil
}

func (r *run) join(left, right any) (any, error) {
	a, err := r.show(left)
	if err != nil {
		return nil, err
	}
	b, err := r.show(right)
	if err != nil {
		return nil, err
	}
	return a + b, r.make(len(a) + len(b))
}

func (r *run) arithmetic(op string, left, right any) (any, error) {
	switch a := left.(type) {
	case string:
		if b, ok := right.(string); ok && op == "+" {
			if err := r.make(len(a) + len(b)); err != nil {
				return nil, err
			}
			return a + b, nil
		}
		if b, ok := right.(int); ok && op == "*" {
			return r.repeat(a, b)
		}
	case []any:
		if b, ok := right.([]any); ok && op == "+" {
			if err := r.make(16 * (len(a) + len(b))); err != nil {
				return nil, err
			}
			return append(append([]any{}, a...), b...), nil
		}
	case int:
		if b, ok := right.(int); ok && op != "/" {
			return whole(op, a, b)
		}
	}
	x, leftOK := numeric(left)
	y, rightOK := numeric(right)
	if !leftOK || !rightOK {
		return nil, fmt.Errorf("%s %s %s makes no sense", kindOf(left), op, kindOf(right))
	}
	return fraction(op, x, y)
}

func (r *run) repeat(text string, times int) (any, error) {
	if times <= 0 || text == "" {
		return "", nil
	}
	if times > maxBytes { // keeps the product in range
		return nil, fmt.Errorf("%w: text repeated %d times", ErrBound, times)
	}
	if err := r.make(len(text) * times); err != nil {
		return nil, err
	}
	return strings.Repeat(text, times), nil
}

// whole divides towards minus infinity, as Python does.
func whole(op string, a, b int) (any, error) {
	switch op {
	case "+":
		return a + b, nil
	case "-":
		return a - b, nil
	case "*":
		return a * b, nil
	}
	if b == 0 {
		return nil, fmt.Errorf("division by zero")
	}
	quotient, rest := a/b, a%b
	if rest != 0 && (rest < 0) != (b < 0) {
		quotient, rest = quotient-1, rest+b
	}
	if op == "//" {
		return quotient, nil
	}
	return rest, nil
}

func fraction(op string, a, b float64) (any, error) {
	switch op {
	case "+":
		return a + b, nil
	case "-":
		return a - b, nil
	case "*":
		return a * b, nil
	}
	if b == 0 {
		return nil, fmt.Errorf("division by zero")
	}
	switch op {
	case "/":
		return a / b, nil
	case "//":
		return math.Floor(a / b), nil
	default:
		return a - b*math.Floor(a/b), nil
	}
}
