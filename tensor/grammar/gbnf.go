package grammar

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Parse reads a grammar in GBNF: `name ::= "text" [a-z] other | ( ... )* {2,5}`, comments from
// # to the end of the line. The rule named root is what a text must match.
func Parse(text string) (*Grammar, error) {
	if len(text) > maxSource {
		return nil, fmt.Errorf("grammar of %d bytes: %w", len(text), ErrTooLarge)
	}
	if !utf8.ValidString(text) {
		return nil, errors.New("grammar: the text is not UTF-8")
	}
	p := parser{text: text, names: make(map[string]int)}
	root, err := p.grammar()
	if err != nil {
		line := 1 + strings.Count(text[:min(p.at, len(text))], "\n")
		return nil, fmt.Errorf("grammar, line %d: %w", line, err)
	}
	g, err := p.finish(root)
	if err != nil {
		return nil, fmt.Errorf("grammar: %w", err)
	}
	return g, nil
}

type parser struct {
	builder
	text  string
	at    int
	names map[string]int
	defs  []string
}

func (p *parser) grammar() (int, error) {
	defined := make(map[string]bool)
	for p.space(true); p.at < len(p.text); p.space(true) {
		name := p.name()
		if name == "" {
			return 0, errors.New("a rule must begin with its name")
		}
		if p.space(false); !p.take("::=") {
			return 0, fmt.Errorf("want ::= after %q", name)
		}
		if defined[name] {
			return 0, fmt.Errorf("the rule %q is defined twice", name)
		}
		defined[name] = true
		p.space(true)
		alternatives, err := p.alternatives(0)
		if err != nil {
			return 0, err
		}
		p.define(p.named(name), alternatives...)
		if p.err != nil {
			return 0, p.err
		}
	}
	for _, name := range p.defs {
		if !defined[name] {
			return 0, fmt.Errorf("the rule %q is used and not defined", name)
		}
	}
	root, ok := p.names["root"]
	if !ok {
		return 0, errors.New(`there is no rule named "root"`)
	}
	return root, nil
}

func (p *parser) named(name string) int {
	id, ok := p.names[name]
	if !ok {
		id = p.reserve()
		p.names[name] = id
		p.defs = append(p.defs, name)
	}
	return id
}

// space skips blanks and comments; line ends only where a rule may go on.
func (p *parser) space(lines bool) {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == ' ' || c == '\t' || lines && (c == '\n' || c == '\r'):
			p.at++
		case c == '#':
			for p.at < len(p.text) && p.text[p.at] != '\n' {
				p.at++
			}
		default:
			return
		}
	}
}

func (p *parser) take(s string) bool {
	if !strings.HasPrefix(p.text[p.at:], s) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *parser) name() string {
	from := p.at
	for p.at < len(p.text) && isName(p.text[p.at]) {
		p.at++
	}
	return p.text[from:p.at]
}

func isName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

func (p *parser) alternatives(depth int) ([][]symbol, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("parentheses nest deeper than %d", maxNesting)
	}
	var all [][]symbol
	for {
		alt, err := p.sequence(depth)
		if err != nil {
			return nil, err
		}
		all = append(all, alt)
		if !p.take("|") {
			return all, nil
		}
		p.space(true)
	}
}

func (p *parser) sequence(depth int) ([]symbol, error) {
	var out []symbol
	for p.at < len(p.text) {
		item, ok, err := p.item(depth)
		if err != nil || !ok {
			return out, err
		}
		if item, err = p.suffix(item); err != nil {
			return nil, err
		}
		out = append(out, item...)
		p.space(depth > 0)
	}
	return out, nil
}

func (p *parser) item(depth int) ([]symbol, bool, error) {
	switch p.text[p.at] {
	case '"':
		text, err := p.quoted()
		return literal(text), true, err
	case '[':
		item, err := p.brackets()
		return item, true, err
	case '.':
		p.at++
		return p.class([]runeRange{{0, utf8.MaxRune}}), true, p.err
	case '(':
		p.at++
		p.space(true)
		alternatives, err := p.alternatives(depth + 1)
		if err != nil {
			return nil, false, err
		}
		if !p.take(")") {
			return nil, false, errors.New("a parenthesis is not closed")
		}
		return p.choice(alternatives...), true, nil
	}
	if name := p.name(); name != "" {
		return ref(p.named(name)), true, nil
	}
	switch p.text[p.at] {
	case '|', ')', '\n', '\r':
		return nil, false, nil
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.at:])
	return nil, false, fmt.Errorf("%q is not expected here", r)
}

func (p *parser) suffix(item []symbol) ([]symbol, error) {
	for {
		low, high := 0, unbounded
		switch {
		case p.take("*"):
		case p.take("+"):
			low = 1
		case p.take("?"):
			high = 1
		case p.take("{"):
			inner, _, closed := strings.Cut(p.text[p.at:], "}")
			from, to, ranged := strings.Cut(inner, ",")
			var err, err2 error
			low, err = strconv.Atoi(strings.TrimSpace(from))
			if high = low; ranged {
				if high = unbounded; strings.TrimSpace(to) != "" {
					high, err2 = strconv.Atoi(strings.TrimSpace(to))
				}
			}
			if !closed || err != nil || err2 != nil || (ranged && high < unbounded) {
				return nil, errors.New("want a repetition of the form {m}, {m,} or {m,n}")
			}
			p.at += len(inner) + 1
		default:
			return item, nil
		}
		item = p.repeat(item, low, high)
		if p.err != nil {
			return nil, p.err
		}
	}
}
