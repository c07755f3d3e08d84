package grammar

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// pattern is a string whose whole value matches a regular expression. An expression that is not
// anchored matches anywhere in JSON schema; here the anchors ^ and $ are wanted, so that nothing
// unexpected is written around the match.
func (b *schemaBuilder) pattern(v any, path string) []symbol {
	text, ok := v.(string)
	if !ok {
		return b.refuse(path, "want a regular expression")
	}
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return b.refuse(path, "%v", err)
	}
	subs := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		subs = re.Sub
	}
	first, last := subs[0].Op, subs[len(subs)-1].Op
	if len(subs) < 2 || (first != syntax.OpBeginText && first != syntax.OpBeginLine) ||
		(last != syntax.OpEndText && last != syntax.OpEndLine) {
		return b.refuse(path, "want an expression that begins with ^ and ends with $")
	}
	var out []symbol
	for _, sub := range subs[1 : len(subs)-1] {
		out = append(out, b.expression(sub, path)...)
	}
	return join(literal(`"`), out, literal(`"`))
}

func (b *schemaBuilder) expression(re *syntax.Regexp, path string) []symbol {
	if b.err != nil {
		return nil
	}
	if re.Flags&syntax.FoldCase != 0 && re.Op == syntax.OpLiteral {
		return b.refuse(path, "case folding cannot be enforced; write [aA]")
	}
	parts := func() (all [][]symbol) {
		for _, sub := range re.Sub {
			all = append(all, b.expression(sub, path))
		}
		return all
	}
	switch re.Op {
	case syntax.OpEmptyMatch:
		return nil
	case syntax.OpLiteral:
		var out []symbol
		for _, r := range re.Rune {
			out = append(out, b.escaped([]runeRange{{r, r}})...)
		}
		return out
	case syntax.OpCharClass:
		var ranges []runeRange
		for i := 0; i+1 < len(re.Rune); i += 2 {
			ranges = append(ranges, runeRange{re.Rune[i], re.Rune[i+1]})
		}
		return b.escaped(ranges)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return b.escaped([]runeRange{{0x20, utf8.MaxRune}})
	case syntax.OpCapture, syntax.OpConcat:
		return join(parts()...)
	case syntax.OpAlternate:
		return b.choice(parts()...)
	case syntax.OpStar:
		return b.repeat(join(parts()...), 0, unbounded)
	case syntax.OpPlus:
		return b.repeat(join(parts()...), 1, unbounded)
	case syntax.OpQuest:
		return b.repeat(join(parts()...), 0, 1)
	case syntax.OpRepeat:
		return b.repeat(join(parts()...), re.Min, re.Max)
	default:
		return b.refuse(path, "%q cannot be enforced", re.String())
	}
}

// escaped is one character of the ranges as it stands inside a JSON string. Control characters
// are left out, except those that have a short escape.
func (b *schemaBuilder) escaped(ranges []runeRange) []symbol {
	has := func(r rune) bool {
		return slices.ContainsFunc(ranges, func(in runeRange) bool { return in.lo <= r && r <= in.hi })
	}
	var alternatives [][]symbol
	plain := intersect(ranges, complement([]runeRange{{0, 0x1f}, {'"', '"'}, {'\\', '\\'}}))
	if len(plain) > 0 {
		alternatives = append(alternatives, b.class(plain))
	}
	for _, e := range []struct {
		r    rune
		text string
	}{{'"', `\"`}, {'\\', `\\`}, {'\n', `\n`}, {'\t', `\t`}, {'\r', `\r`}, {'\f', `\f`}, {'\b', `\b`}} {
		if has(e.r) {
			alternatives = append(alternatives, literal(e.text))
		}
	}
	if len(alternatives) == 0 {
		b.fail("a character class of a pattern has only control characters")
		return nil
	}
	return b.choice(alternatives...)
}

func intersect(a, z []runeRange) []runeRange {
	var out []runeRange
	for _, x := range a {
		for _, y := range z {
			if lo, hi := max(x.lo, y.lo), min(x.hi, y.hi); lo <= hi {
				out = append(out, runeRange{lo, hi})
			}
		}
	}
	return out
}
