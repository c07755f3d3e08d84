package openaiapi

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strings"

	"ayni.example/inference/engine"
)

func (l logprobs) tokens() []engine.Token {
	var out []engine.Token
	for _, entry := range l.Content {
		token := engine.Token{ID: -1, Text: textOf(entry.alternative), Logprob: entry.Logprob}
		for _, alt := range entry.Top {
			token.Top = append(token.Top, engine.Alt{ID: -1, Text: textOf(alt), Logprob: alt.Logprob})
		}
		out = append(out, token)
	}
	for i, text := range l.Tokens {
		if i >= len(l.TokenLogprobs) || l.TokenLogprobs[i] == nil {
			continue
		}
		token := engine.Token{ID: -1, Text: unspell(text), Logprob: *l.TokenLogprobs[i]}
		if i < len(l.TopLogprobs) {
			token.Top = ranked(l.TopLogprobs[i])
		}
		out = append(out, token)
	}
	return out
}

// ranked puts alternatives in order, which a JSON object does not keep: the likeliest first, equal ones by their text.
func ranked(alternatives map[string]float32) []engine.Alt {
	out := make([]engine.Alt, 0, len(alternatives))
	for text, logprob := range alternatives {
		out = append(out, engine.Alt{ID: -1, Text: unspell(text), Logprob: logprob})
	}
	slices.SortFunc(out, func(a, b engine.Alt) int {
		return cmp.Or(cmp.Compare(b.Logprob, a.Logprob), cmp.Compare(a.Text, b.Text))
	})
	return out
}

// textOf prefers the bytes, which are exact where the token is part of a character.
func textOf(a alternative) string {
	if len(a.Bytes) == 0 {
		return a.Token
	}
	out := make([]byte, len(a.Bytes))
	for i, b := range a.Bytes {
		if b < 0 || b > 255 {
			return a.Token
		}
		out[i] = byte(b)
	}
	return string(out)
}

// unspell reads the older endpoint's way of writing tokens that are part of a character: bytes:\xe4\xb8.
func unspell(text string) string {
	rest, ok := strings.CutPrefix(text, "bytes:\\x")
	if !ok {
		return text
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(rest, "\\x", ""))
	if err != nil {
		return text
	}
	return string(raw)
}
