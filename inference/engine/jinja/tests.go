package jinja

import "fmt"

func (e test) eval(r *run) (any, error) {
	of, err := r.value(e.of)
	if err != nil {
		return nil, err
	}
	args, err := r.given(e.arguments)
	if err != nil {
		return nil, err
	}
	return r.passes(e.name, of, args)
}

func (r *run) passes(word string, of any, args given) (bool, error) {
	other := args.at(0, "other", undefined{})
	switch word {
	case "defined", "undefined":
		_, absent := of.(undefined)
		return absent == (word == "undefined"), nil
	case "none":
		return of == nil, nil
	case "true", "false":
		value, ok := of.(bool)
		return ok && value == (word == "true"), nil
	case "string":
		_, ok := of.(string)
		return ok, nil
	case "boolean":
		_, ok := of.(bool)
		return ok, nil
	case "integer":
		_, ok := of.(int)
		return ok, nil
	case "float":
		_, ok := of.(float64)
		return ok, nil
	case "number":
		_, ok := numeric(of) // truth values too, as in Python
		return ok, nil
	case "mapping":
		_, ok := of.(map[string]any)
		return ok, nil
	case "sequence", "iterable":
		switch of.(type) {
		case []any, string, map[string]any:
			return true, nil
		}
		return false, nil
	case "callable":
		_, ok := of.(function)
		return ok, nil
	case "equalto", "eq", "==", "ne", "!=":
		same, err := r.equal(of, other, maxNest)
		return same == (word != "ne" && word != "!="), err
	case "in":
		return r.contains(other, of)
	case "lt", "gt", "le", "ge":
		return ordered(map[string]string{"lt": "<", "gt": ">", "le": "<=", "ge": ">="}[word], of, other)
	case "even", "odd", "divisibleby":
		number, ok := of.(int)
		by := 2
		if word == "divisibleby" {
			by, ok = other.(int)
		}
		if !ok || by == 0 {
			return false, fmt.Errorf("the test %q takes whole numbers", word)
		}
		return (number%by == 0) != (word == "odd"), nil
	default:
		return false, fmt.Errorf("the test %q is not known", word)
	}
}
