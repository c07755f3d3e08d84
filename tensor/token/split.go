package token

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// splitter finds the function that cuts text into words before merging. Go's RE2 has no
// lookahead, so the regular expressions of these models are written as code. The second
// result says that a whole word is looked up before it is merged.
func splitter(pre string) (words func(string) []string, whole bool, err error) {
	switch pre {
	case "gpt-2", "gpt2":
		return scan(gpt2Word), false, nil
	case "llama-bpe", "llama3", "llama-v3":
		return scan(llamaWord(3)), true, nil
	case "qwen2":
		return scan(llamaWord(1)), false, nil
	case "smollm":
		return digitsApart, false, nil
	case "":
		return nil, false, errors.New("tokenizer.ggml.pre is missing, so text cannot be split as the model learned it " +
			"(export the model again with a recent converter)")
	default:
		return nil, false, fmt.Errorf("pre-tokenizer %q is not supported (gpt-2, llama-bpe, qwen2 and smollm are)", pre)
	}
}

func scan(word func(string) int) func(string) []string {
	return func(text string) []string {
		var out []string
		for text != "" {
			n := word(text)
			out = append(out, text[:n])
			text = text[n:]
		}
		return out
	}
}

// digitsApart cuts every digit off and splits what lies between as GPT-2 does.
func digitsApart(text string) []string {
	var out []string
	gpt2 := scan(gpt2Word)
	for text != "" {
		i := strings.IndexFunc(text, unicode.IsNumber)
		if i < 0 {
			return append(out, gpt2(text)...)
		}
		_, n := utf8.DecodeRuneInString(text[i:])
		out = append(append(out, gpt2(text[:i])...), text[i:i+n])
		text = text[i+n:]
	}
	return out
}

func other(r rune) bool { return !unicode.IsSpace(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r) }

// run is the length of the longest prefix of s of at most limit characters in the class.
func run(s string, class func(rune) bool, limit int) int {
	n := 0
	for ; limit > 0 && n < len(s); limit-- {
		r, size := utf8.DecodeRuneInString(s[n:])
		if !class(r) {
			break
		}
		n += size
	}
	return n
}

const unlimited = int(^uint(0) >> 1)

// gpt2Word is the length of the first match of
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func gpt2Word(s string) int {
	if n := contraction(s, false); n > 0 {
		return n
	}
	rest := strings.TrimPrefix(s, " ")
	for _, class := range []func(rune) bool{unicode.IsLetter, unicode.IsNumber, other} {
		if n := run(rest, class, unlimited); n > 0 {
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
	newline := func(r rune) bool { return r == '\r' || r == '\n' }
	return func(s string) int {
		if n := contraction(s, true); n > 0 {
			return n
		}
		first, size := utf8.DecodeRuneInString(s)
		if unicode.IsLetter(first) {
			size = 0
		} else if unicode.IsNumber(first) {
			return run(s, unicode.IsNumber, digits)
		}
		if !newline(first) {
			if n := run(s[size:], unicode.IsLetter, unlimited); n > 0 {
				return size + n
			}
		}
		rest := strings.TrimPrefix(s, " ")
		if n := run(rest, other, unlimited); n > 0 {
			n += len(s) - len(rest)
			return n + run(s[n:], newline, unlimited)
		}
		n := run(s, unicode.IsSpace, unlimited)
		if i := strings.LastIndexAny(s[:n], "\r\n"); i >= 0 {
			return i + 1
		}
		return spaces(s)
	}
}

// spaces matches \s+(?!\S)|\s+: a run of spaces leaves its last one to the word that follows.
func spaces(s string) int {
	n := run(s, unicode.IsSpace, unlimited)
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
