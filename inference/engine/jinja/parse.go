package jinja

import (
	"fmt"
	"slices"
)

// Template is a parsed template. It is read-only and safe for concurrent use.
type Template struct {
	body []statement
}

// Parse reads a template.
func Parse(source string) (*Template, error) {
	if len(source) > maxSource {
		return nil, fmt.Errorf("parse template: it has %d bytes, more than %d", len(source), maxSource)
	}
	segments, err := split(source)
	if err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	p := parser{segments: segments}
	body, stop, err := p.block()
	if err == nil && stop != "" {
		err = fmt.Errorf("%q has no beginning", stop)
	}
	if err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	return &Template{body: body}, nil
}

type parser struct {
	segments []segment
	at       int     // the next segment
	tokens   []token // of the current tag
	depth    int
}

// block reads statements up to one that only an outer statement knows, such as else, and names it.
func (p *parser) block() (body []statement, stop string, err error) {
	if p.depth++; p.depth > maxNest {
		return nil, "", fmt.Errorf("%w: nested more than %d deep", ErrBound, maxNest)
	}
	defer func() { p.depth-- }()
	for p.at < len(p.segments) {
		current := p.segments[p.at]
		p.at++
		p.tokens = current.tokens
		switch current.open {
		case "":
			if current.text != "" {
				body = append(body, literalText(current.text))
			}
		case "{{":
			value, err := p.whole()
			if err != nil {
				return nil, "", err
			}
			body = append(body, output{value})
		default:
			word := p.next()
			if slices.Contains([]string{"elif", "else", "endif", "endfor", "endset", "endmacro", "endgeneration", "endfilter"}, word.text) {
				return body, word.text, nil
			}
			next, err := p.statement(word)
			if err != nil {
				return nil, "", err
			}
			body = append(body, next)
		}
	}
	return body, "", nil
}

func (p *parser) statement(word token) (statement, error) {
	switch word.text {
	case "if":
		return p.parseIf()
	case "for":
		return p.parseFor()
	case "set":
		return p.parseSet()
	case "macro":
		return p.parseMacro()
	case "generation": // marks what the assistant wrote, for training
		body, err := p.until("endgeneration")
		return group(body), err
	case "break", "continue":
		return jump(word.text), p.finished()
	case "do":
		value, err := p.whole()
		return discard{value}, err
	default:
		return nil, fmt.Errorf("the statement %q is not known", word.text)
	}
}

// until reads a block that ends with one word.
func (p *parser) until(word string) ([]statement, error) {
	if err := p.finished(); err != nil {
		return nil, err
	}
	body, stop, err := p.block()
	if err == nil && stop != word {
		err = fmt.Errorf("%q is missing", word)
	}
	return body, err
}

func (p *parser) parseIf() (statement, error) {
	var out ifElse
	for {
		condition, err := p.whole()
		if err != nil {
			return nil, err
		}
		body, stop, err := p.block()
		if err != nil {
			return nil, err
		}
		out.conditions, out.bodies = append(out.conditions, condition), append(out.bodies, body)
		switch stop {
		case "elif":
			continue
		case "else":
			out.otherwise, err = p.until("endif")
			return out, err
		case "endif":
			return out, p.finished()
		default:
			return nil, fmt.Errorf("an if has no end")
		}
	}
}

func (p *parser) parseFor() (statement, error) {
	var out forLoop
	var err error
	if out.names, err = p.names(); err != nil {
		return nil, err
	}
	if err := p.expect("in"); err != nil {
		return nil, err
	}
	if out.over, err = p.either(); err != nil { // no inline if here: an if filters the loop
		return nil, err
	}
	if p.accept("if") {
		if out.where, err = p.expression(); err != nil {
			return nil, err
		}
	}
	if err := p.finished(); err != nil {
		return nil, err
	}
	var stop string
	if out.body, stop, err = p.block(); err != nil {
		return nil, err
	}
	if stop == "else" {
		out.otherwise, err = p.until("endfor")
		return out, err
	}
	if stop != "endfor" {
		return nil, fmt.Errorf("a for has no end")
	}
	return out, p.finished()
}

func (p *parser) parseSet() (statement, error) {
	names, err := p.names()
	if err != nil {
		return nil, err
	}
	out := assign{names: names}
	if len(names) == 1 && p.accept(".") {
		out.attribute = p.next().text
	}
	if !p.accept("=") {
		out.body, err = p.until("endset")
		return out, err
	}
	if out.value, err = p.whole(); err != nil {
		return nil, err
	}
	return out, nil
}

func (p *parser) parseMacro() (statement, error) {
	out := macro{name: p.next().text}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	for !p.accept(")") {
		word := p.next()
		if word.kind != name {
			return nil, fmt.Errorf("a macro has the parameter %q", word.text)
		}
		var fallback expression
		if p.accept("=") {
			var err error
			if fallback, err = p.expression(); err != nil {
				return nil, err
			}
		}
		out.parameters, out.defaults = append(out.parameters, word.text), append(out.defaults, fallback)
		if !p.accept(",") && p.peek().text != ")" {
			return nil, fmt.Errorf("the parameters of the macro %s have no end", out.name)
		}
	}
	var err error
	out.body, err = p.until("endmacro")
	return out, err
}

func (p *parser) names() ([]string, error) {
	var out []string
	for {
		word := p.next()
		if word.kind != name {
			return nil, fmt.Errorf("%q is not a name", word.text)
		}
		out = append(out, word.text)
		if !p.accept(",") {
			return out, nil
		}
	}
}

func (p *parser) peek() token {
	if len(p.tokens) == 0 {
		return token{}
	}
	return p.tokens[0]
}

func (p *parser) next() token {
	out := p.peek()
	if len(p.tokens) > 0 {
		p.tokens = p.tokens[1:]
	}
	return out
}

// accept takes a name or an operator; strings of the same text are not it.
func (p *parser) accept(word string) bool {
	if next := p.peek(); next.text != word || (next.kind != name && next.kind != operator) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(word string) error {
	if !p.accept(word) {
		return fmt.Errorf("%q where %q should be", p.peek().text, word)
	}
	return nil
}

func (p *parser) finished() error {
	if len(p.tokens) > 0 {
		return fmt.Errorf("%q is too much", p.peek().text)
	}
	return nil
}
