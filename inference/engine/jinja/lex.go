package jinja

import (
	"fmt"
	"strings"
)

type kind int

const (
	end kind = iota
	text
	name
	number
	quoted
	operator
)

type token struct {
	kind kind
	text string
}

// segment is a piece of a template: text, or the tokens of an expression or a statement.
type segment struct {
	open   string // "" for text, "{{" or "{%"
	text   string
	tokens []token
}

// split cuts a template into segments and trims white space at their edges: where a dash says so, the newline after a
// statement or comment, and the indentation before one that starts its line.
func split(source string) ([]segment, error) {
	source = strings.ReplaceAll(source, "\r\n", "\n")
	var out []segment
	trim := false     // a dash ended the last tag
	dropLine := false // the last tag was a statement or a comment
	for {
		at := nextTag(source)
		plain := source
		if at >= 0 {
			plain = source[:at]
		}
		lineStarts := len(out) == 0
		if trim {
			plain = strings.TrimLeft(plain, " \t\r\n")
		} else if dropLine && strings.HasPrefix(plain, "\n") {
			plain, lineStarts = plain[1:], true
		}
		if at < 0 {
			return append(out, segment{text: strings.TrimSuffix(plain, "\n")}), nil
		}
		open, rest := source[at:at+2], source[at+2:]
		switch {
		case strings.HasPrefix(rest, "-"):
			plain, rest = strings.TrimRight(plain, " \t\r\n"), rest[1:]
		case strings.HasPrefix(rest, "+"):
			rest = rest[1:]
		case open != "{{":
			plain = trimIndent(plain, lineStarts)
		}
		out = append(out, segment{text: plain})
		tag, inner, after, err := readTag(open, rest)
		if err != nil {
			return nil, err
		}
		if open != "{#" {
			out = append(out, tag)
		}
		trim, dropLine = strings.HasSuffix(inner, "-"), open != "{{"
		source = after
	}
}

func nextTag(source string) int {
	for i := 0; i+1 < len(source); i++ {
		if source[i] == '{' && (source[i+1] == '{' || source[i+1] == '%' || source[i+1] == '#') {
			return i
		}
	}
	return -1
}

// trimIndent drops spaces since the last newline; without one, only where a line starts.
func trimIndent(plain string, lineStarts bool) string {
	trimmed := strings.TrimRight(plain, " \t")
	if strings.HasSuffix(trimmed, "\n") || (trimmed == "" && lineStarts) {
		return trimmed
	}
	return plain
}

// readTag reads to the end of a tag. Its inner text keeps a closing dash.
func readTag(open, rest string) (tag segment, inner, after string, err error) {
	closing := map[string]string{"{{": "}}", "{%": "%}", "{#": "#}"}[open]
	if open == "{#" {
		inner, after, ok := strings.Cut(rest, closing)
		if !ok {
			return tag, "", "", fmt.Errorf("a comment has no end")
		}
		return tag, inner, after, nil
	}
	tag.open = open
	depth := 0
	for i := 0; i < len(rest); {
		dash := 0
		if rest[i] == '-' {
			dash = 1
		}
		if depth == 0 && strings.HasPrefix(rest[i+dash:], closing) {
			return tag, rest[:i+dash], rest[i+dash+2:], nil
		}
		next, size, err := lex(rest[i:])
		if err != nil {
			return tag, "", "", err
		}
		switch next.text {
		case "{", "[", "(":
			depth++
		case "}", "]", ")":
			depth--
		}
		if next.kind != end {
			tag.tokens = append(tag.tokens, next)
		}
		i += size
	}
	return tag, "", "", fmt.Errorf("a tag %s has no end", open)
}

// lex reads one token; white space is one of kind end, with a size.
func lex(s string) (token, int, error) {
	c := s[0]
	switch {
	case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		return token{}, 1, nil
	case c == '"' || c == '\'':
		return lexString(s)
	case isLetter(c):
		n := 1
		for n < len(s) && (isLetter(s[n]) || isDigit(s[n])) {
			n++
		}
		return token{name, s[:n]}, n, nil
	case isDigit(c):
		n := 1
		for n < len(s) && (isDigit(s[n]) || (s[n] == '.' && n+1 < len(s) && isDigit(s[n+1]))) {
			n++
		}
		return token{number, s[:n]}, n, nil
	}
	for _, op := range []string{"==", "!=", "<=", ">=", "//", "**"} {
		if strings.HasPrefix(s, op) {
			return token{operator, op}, 2, nil
		}
	}
	if strings.IndexByte("+-*/%~|.,:=<>()[]{}", c) >= 0 {
		return token{operator, s[:1]}, 1, nil
	}
	return token{}, 0, fmt.Errorf("a tag has the character %q", c)
}

func lexString(s string) (token, int, error) {
	var out strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return token{quoted, out.String()}, i + 1, nil
		case s[i] != '\\' || i+1 == len(s):
			out.WriteByte(s[i])
		default:
			i++
			switch s[i] {
			case 'n':
				out.WriteByte('\n')
			case 't':
				out.WriteByte('\t')
			case 'r':
				out.WriteByte('\r')
			case '\\', '\'', '"':
				out.WriteByte(s[i])
			default:
				out.WriteByte('\\')
				out.WriteByte(s[i])
			}
		}
	}
	return token{}, 0, fmt.Errorf("a string has no end")
}

func isLetter(c byte) bool { return c == '_' || (c|0x20 >= 'a' && c|0x20 <= 'z') }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
