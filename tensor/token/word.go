package token

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// gpt2Word is the length of the first match of
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func gpt2Word(s string) int {
	if n := contraction(s, false); n > 0 {
		return n
	}
	rest := strings.TrimPrefix(s, " ")
	for _, class := range []func(rune) bool{letter, unicode.IsNumber, other} {
		if n, _ := run(rest, class, unlimited); n > 0 {
			return len(s) - len(rest) + n
		}
	}
	return spaces(s)
}

// llamaWord is the length of the first match of
//
//	(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//
// with digits in groups of the given size.
func llamaWord(digits int) func(string) int {
	return func(s string) int {
		if n := contraction(s, true); n > 0 {
			return n
		}
		first, size := utf8.DecodeRuneInString(s)
		if letter(first) {
			size = 0
		} else if unicode.IsNumber(first) {
			n, _ := run(s, unicode.IsNumber, digits)
			return n
		}
		if !newline(first) {
			if n, _ := run(s[size:], letter, unlimited); n > 0 {
				return size + n
			}
		}
		return signsOrSpaces(s, newline)
	}
}

// tekkenWord is the length of the first match of
//
//	[^\r\n\p{L}\p{N}]?U*L+|[^\r\n\p{L}\p{N}]?U+L*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
//
// where U is [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}] and L is [\p{Ll}\p{Lm}\p{Lo}\p{M}].
func tekkenWord(s string) int {
	first, size := utf8.DecodeRuneInString(s)
	if unicode.IsNumber(first) {
		return size
	}
	prefixed := !newline(first) && !letter(first)
	for _, match := range []func(string) int{lowerEnd, upperStart} {
		if prefixed {
			if n := match(s[size:]); n > 0 {
				return size + n
			}
		}
		if n := match(s); n > 0 {
			return n
		}
	}
	return signsOrSpaces(s, func(r rune) bool { return newline(r) || r == '/' })
}

// lowerEnd matches U*L+. When no lower case follows the greedy U*, it gives characters back
// up to the last that is in both classes.
func lowerEnd(s string) int {
	head, _ := run(s, upper, unlimited)
	if tail, _ := run(s[head:], lower, unlimited); tail > 0 {
		return head + tail
	}
	for head > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:head])
		if lower(r) {
			return head
		}
		head -= size
	}
	return 0
}

// upperStart matches U+L*.
func upperStart(s string) int {
	head, _ := run(s, upper, unlimited)
	if head == 0 {
		return 0
	}
	tail, _ := run(s[head:], lower, unlimited)
	return head + tail
}

// signsOrSpaces matches ?[^\s\p{L}\p{N}]+T*|\s*[\r\n]+|\s+(?!\S)|\s+ with T the class that may
// follow signs.
func signsOrSpaces(s string, follow func(rune) bool) int {
	rest := strings.TrimPrefix(s, " ")
	if n, _ := run(rest, other, unlimited); n > 0 {
		n += len(s) - len(rest)
		more, _ := run(s[n:], follow, unlimited)
		return n + more
	}
	n, _ := run(s, unicode.IsSpace, unlimited)
	if i := strings.LastIndexAny(s[:n], "\r\n"); i >= 0 {
		return i + 1
	}
	return spaces(s)
}

// spaces matches \s+(?!\S)|\s+: a run of spaces leaves its last one to the word that follows.
func spaces(s string) int {
	n, _ := run(s, unicode.IsSpace, unlimited)
	if n == len(s) {
		return n
	}
	_, last := utf8.DecodeLastRuneInString(s[:n])
	if n > last {
		return n - last
	}
	return max(n, 1)
}

func contraction(s string, fold bool) int {
	if s[0] != '\'' {
		return 0
	}
	for _, c := range []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"} {
		if len(s) >= len(c) && (s[:len(c)] == c || (fold && strings.EqualFold(s[:len(c)], c))) {
			return len(c)
		}
	}
	return 0
}
