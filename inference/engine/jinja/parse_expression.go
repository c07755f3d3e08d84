package jinja

import (
	"fmt"
	"strconv"
	"strings"
)

// whole reads an expression that fills the rest of the tag.
func (p *parser) whole() (expression, error) {
	out, err := p.expression()
	if err != nil {
		return nil, err
	}
	return out, p.finished()
}

func (p *parser) expression() (expression, error) {
	if p.depth++; p.depth > maxNest {
		return nil, fmt.Errorf("%w: nested more than %d deep", ErrBound, maxNest)
	}
	defer func() { p.depth-- }()
	out, err := p.either()
	if err != nil || !p.accept("if") {
		return out, err
	}
	condition, err := p.either()
	if err != nil {
		return nil, err
	}
	choice := conditional{yes: out, when: condition, no: constant{undefined{}}}
	if p.accept("else") {
		choice.no, err = p.expression()
	}
	return choice, err
}

func (p *parser) either() (expression, error) { return p.chain(p.both, "or") }
func (p *parser) both() (expression, error)   { return p.chain(p.negation, "and") }

func (p *parser) negation() (expression, error) {
	count := 0
	for p.accept("not") {
		count++
	}
	out, err := p.comparison()
	for range min(count, 2-count%2) { // an even number of nots makes a truth value too
		out = unary{"not", out}
	}
	return out, err
}

func (p *parser) comparison() (expression, error) {
	out, err := p.sum()
	for err == nil {
		op := p.peek()
		switch {
		case op.kind == operator && compares(op.text), op.kind == name && op.text == "in":
			p.next()
		case op.kind == name && op.text == "not" && len(p.tokens) > 1 && p.tokens[1].text == "in":
			p.next()
			p.next()
			op.text = "not in"
		default:
			return out, nil
		}
		var right expression
		if right, err = p.sum(); err == nil {
			out = binary{op.text, out, right}
		}
	}
	return out, err
}

func (p *parser) sum() (expression, error)     { return p.chain(p.joined, "+", "-") }
func (p *parser) joined() (expression, error)  { return p.chain(p.product, "~") }
func (p *parser) product() (expression, error) { return p.chain(p.signed, "*", "/", "//", "%") }

// chain reads operands with operators of one rank between them, from the left. Their number is bounded, since they nest.
func (p *parser) chain(operand func() (expression, error), operators ...string) (expression, error) {
	out, err := operand()
	for count := 0; err == nil; count++ {
		op := p.peek().text
		found := false
		for _, candidate := range operators {
			found = found || (op == candidate && p.accept(candidate))
		}
		if !found {
			return out, nil
		}
		if count > 16*maxNest {
			return nil, fmt.Errorf("%w: an expression has too many parts", ErrBound)
		}
		var right expression
		if right, err = operand(); err == nil {
			out = binary{op, out, right}
		}
	}
	return out, err
}

func (p *parser) signed() (expression, error) {
	if p.accept("-") {
		out, err := p.postfix()
		return unary{"-", out}, err
	}
	p.accept("+")
	return p.postfix()
}

// postfix reads a value and what follows it: attributes, indexes, calls, filters and tests.
func (p *parser) postfix() (expression, error) {
	out, err := p.primary()
	for count := 0; err == nil; count++ {
		if count > 16*maxNest {
			return nil, fmt.Errorf("%w: an expression has too many parts", ErrBound)
		}
		switch {
		case p.accept("."):
			out = index{out, constant{p.next().text}}
		case p.accept("["):
			out, err = p.subscript(out)
		case p.accept("("):
			made := call{of: out}
			made.arguments, err = p.arguments()
			out = made
		case p.accept("|"):
			made := filter{of: out, name: p.next().text}
			if p.accept("(") {
				made.arguments, err = p.arguments()
			}
			out = made
		case p.accept("is"):
			out, err = p.test(out)
		default:
			return out, nil
		}
	}
	return out, err
}

func (p *parser) test(of expression) (expression, error) {
	negative := p.accept("not")
	made := test{of: of, name: p.next().text}
	var err error
	switch next := p.peek(); {
	case p.accept("("):
		made.arguments, err = p.arguments()
	case next.kind == quoted, next.kind == number, next.text == "[":
		var argument expression
		argument, err = p.primary()
		made.arguments.list = []expression{argument}
	}
	if negative {
		return unary{"not", made}, err
	}
	return made, err
}

func (p *parser) subscript(of expression) (expression, error) {
	var from, to expression
	var err error
	if p.peek().text != ":" {
		if from, err = p.expression(); err != nil {
			return nil, err
		}
	}
	if !p.accept(":") {
		return index{of, from}, p.expect("]")
	}
	step := expression(nil)
	if p.peek().text != "]" && p.peek().text != ":" {
		if to, err = p.expression(); err != nil {
			return nil, err
		}
	}
	if p.accept(":") {
		if step, err = p.expression(); err != nil {
			return nil, err
		}
	}
	return slice{of, from, to, step}, p.expect("]")
}

func (p *parser) arguments() (arguments, error) {
	var out arguments
	for !p.accept(")") {
		key := ""
		if len(p.tokens) > 1 && p.tokens[0].kind == name && p.tokens[1].text == "=" && p.tokens[1].kind == operator {
			key = p.next().text
			p.next()
		}
		value, err := p.expression()
		if err != nil {
			return out, err
		}
		if key == "" {
			out.list = append(out.list, value)
		} else {
			out.keys, out.values = append(out.keys, key), append(out.values, value)
		}
		if !p.accept(",") && p.peek().text != ")" {
			return out, fmt.Errorf("%q between arguments", p.peek().text)
		}
	}
	return out, nil
}

func compares(operator string) bool {
	switch operator {
	case "==", "!=", "<", ">", "<=", ">=":
		return true
	default:
		return false
	}
}

func (p *parser) primary() (expression, error) {
	switch word := p.next(); {
	case word.kind == quoted:
		var value strings.Builder
		value.WriteString(word.text)
		for p.peek().kind == quoted { // strings side by side are one
			value.WriteString(p.next().text)
		}
		return constant{value.String()}, nil
	case word.kind == number:
		if whole, err := strconv.Atoi(word.text); err == nil {
			return constant{whole}, nil
		}
		value, err := strconv.ParseFloat(word.text, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is not a number", word.text)
		}
		return constant{value}, nil
	case word.kind == name:
		switch word.text {
		case "true", "True":
			return constant{true}, nil
		case "false", "False":
			return constant{false}, nil
		case "none", "None":
			return constant{nil}, nil
		}
		return variable(word.text), nil
	case word.text == "[" || word.text == "(":
		return p.sequence(word.text)
	case word.text == "{":
		return p.mapping()
	default:
		return nil, fmt.Errorf("%q where a value should be", word.text)
	}
}

// sequence is a list or, in round brackets, a tuple or just one value.
func (p *parser) sequence(open string) (expression, error) {
	closing := map[string]string{"[": "]", "(": ")"}[open]
	var out list
	comma := false
	for !p.accept(closing) {
		value, err := p.expression()
		if err != nil {
			return nil, err
		}
		out = append(out, value)
		if comma = p.accept(","); !comma && p.peek().text != closing {
			return nil, fmt.Errorf("%q in a list", p.peek().text)
		}
	}
	if open == "(" && len(out) == 1 && !comma {
		return out[0], nil
	}
	return out, nil
}

func (p *parser) mapping() (expression, error) {
	var out mapping
	for !p.accept("}") {
		key, err := p.expression()
		if err != nil {
			return nil, err
		}
		if err := p.expect(":"); err != nil {
			return nil, err
		}
		value, err := p.expression()
		if err != nil {
			return nil, err
		}
		out.keys, out.values = append(out.keys, key), append(out.values, value)
		if !p.accept(",") && p.peek().text != "}" {
			return nil, fmt.Errorf("%q in a mapping", p.peek().text)
		}
	}
	return out, nil
}
