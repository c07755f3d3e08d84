package grammar

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

func (p *parser) quoted() (string, error) {
	p.at++
	var b strings.Builder
	for p.at < len(p.text) && p.text[p.at] != '"' {
		r, err := p.char()
		if err != nil {
			return "", err
		}
		b.WriteRune(r)
	}
	if !p.take(`"`) {
		return "", errors.New("a text is not closed")
	}
	return b.String(), nil
}

func (p *parser) brackets() ([]symbol, error) {
	p.at++
	not := p.take("^")
	var ranges []runeRange
	for p.at < len(p.text) && p.text[p.at] != ']' {
		lo, err := p.char()
		if err != nil {
			return nil, err
		}
		hi := lo
		if p.at+1 < len(p.text) && p.text[p.at] == '-' && p.text[p.at+1] != ']' {
			p.at++
			if hi, err = p.char(); err != nil {
				return nil, err
			}
		}
		if hi < lo {
			return nil, fmt.Errorf("the range %q-%q is descending", lo, hi)
		}
		ranges = append(ranges, runeRange{lo, hi})
	}
	if !p.take("]") {
		return nil, errors.New("a character class is not closed")
	}
	if not {
		ranges = complement(ranges)
	}
	out := p.class(ranges)
	return out, p.err
}

// char is one character of a text or class, escapes resolved.
func (p *parser) char() (rune, error) {
	r, size := utf8.DecodeRuneInString(p.text[p.at:])
	p.at += size
	if r != '\\' {
		return r, nil
	}
	if p.at == len(p.text) {
		return 0, errors.New("a backslash at the end")
	}
	c := p.text[p.at]
	p.at++
	switch c {
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case '\\', '"', '[', ']', '-', '^':
		return rune(c), nil
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	if digits == 0 || p.at+digits > len(p.text) {
		return 0, fmt.Errorf("the escape \\%c is not known", c)
	}
	v, err := strconv.ParseUint(p.text[p.at:p.at+digits], 16, 32)
	if err != nil || v > utf8.MaxRune || !utf8.ValidRune(rune(v)) {
		return 0, fmt.Errorf("\\%c%s is not a character", c, p.text[p.at:p.at+digits])
	}
	p.at += digits
	return rune(v), nil
}
