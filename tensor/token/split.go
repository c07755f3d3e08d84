package token

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// scheme is how a byte-level vocabulary cuts text before merging, named by tokenizer.ggml.pre.
type scheme struct {
	words func(text string) []string
	whole bool // a word that is a token needs no merges
	bos   bool // a prompt starts with BOS unless the file says otherwise
}

// newScheme finds a scheme by its name. Go's RE2 has no lookahead, so the regular expressions
// of these models are written as code. Some names are aliases of models that share one.
func newScheme(pre string) (scheme, error) {
	switch pre {
	case "gpt-2", "gpt2", "phi-2", "mpt", "olmo", "jais", "gigachat", "mellum", "trillion", "granite-docling", "exaone4":
		return scheme{words: scan(gpt2Word)}, nil
	case "llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral", "lfm2":
		return scheme{words: scan(llamaWord(3)), whole: true, bos: true}, nil
	case "dbrx", "smaug-bpe":
		return scheme{words: scan(llamaWord(3))}, nil
	case "qwen2", "deepseek-r1-qwen", "kormo", "megrez", "stablelm2", "hunyuan", "grok-2":
		return scheme{words: scan(llamaWord(1))}, nil
	case "smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b":
		return scheme{words: chain(apart(unicode.IsNumber, 1, 1), scan(gpt2Word))}, nil
	case "tekken":
		return scheme{words: scan(tekkenWord), whole: true, bos: true}, nil
	case "default":
		return scheme{words: chain(apart(sign, 1, unlimited), scan(gpt2Word),
			apart(unicode.IsNumber, 1, unlimited), apart(digit, 3, 3))}, nil
	case "":
		return scheme{}, errors.New("tokenizer.ggml.pre is missing, so text cannot be split as the model learned it " +
			"(export the model again with a recent converter)")
	default:
		return scheme{}, fmt.Errorf("pre-tokenizer %q is not supported "+
			"(gpt-2, llama-bpe, qwen2, smollm, starcoder, tekken and default are)", pre)
	}
}

// scan cuts one word after the other off a text.
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

// chain cuts the pieces that each step gives with the next one.
func chain(steps ...func(string) []string) func(string) []string {
	return func(text string) []string {
		pieces := []string{text}
		for _, step := range steps {
			next := make([]string, 0, len(pieces))
			for _, piece := range pieces {
				next = append(next, step(piece)...)
			}
			pieces = next
		}
		return pieces
	}
}

// apart cuts off every run of least to most characters of a class, and leaves what lies
// between whole.
func apart(class func(rune) bool, least, most int) func(string) []string {
	return func(text string) []string {
		var out []string
		for start, i := 0, 0; ; {
			n, count := run(text[i:], class, most)
			switch {
			case count >= least:
				if start < i {
					out = append(out, text[start:i])
				}
				out = append(out, text[i:i+n])
				i += n
				start = i
			case i < len(text):
				_, size := utf8.DecodeRuneInString(text[i:])
				i += size
			case start < i:
				return append(out, text[start:])
			default:
				return out
			}
		}
	}
}

const unlimited = int(^uint(0) >> 1)

// run is the longest prefix of s of at most limit characters in the class: bytes and
// characters.
func run(s string, class func(rune) bool, limit int) (bytes, count int) {
	for count < limit && bytes < len(s) {
		r, size := utf8.DecodeRuneInString(s[bytes:])
		if !class(r) {
			break
		}
		bytes += size
		count++
	}
	return bytes, count
}
