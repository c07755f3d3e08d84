package openai

import (
	"fmt"
	"unicode/utf8"

	"ayni.example/inference/engine"
)

type chatLogprobs struct {
	Content []tokenLogprob `json:"content"`
	Refusal []tokenLogprob `json:"refusal"`
}

type tokenLogprob struct {
	Token   string       `json:"token"`
	Logprob float32      `json:"logprob"`
	Bytes   []int        `json:"bytes"`
	Top     []altLogprob `json:"top_logprobs"`
}

type altLogprob struct {
	Token   string  `json:"token"`
	Logprob float32 `json:"logprob"`
	Bytes   []int   `json:"bytes"`
}

func chatLogprobsOf(tokens []engine.Token) *chatLogprobs {
	out := &chatLogprobs{Content: make([]tokenLogprob, len(tokens))}
	for i, token := range tokens {
		top := make([]altLogprob, len(token.Top))
		for j, alt := range token.Top {
			top[j] = altLogprob{Token: alt.Text, Logprob: alt.Logprob, Bytes: bytesOf(alt.Text)}
		}
		out.Content[i] = tokenLogprob{Token: token.Text, Logprob: token.Logprob, Bytes: bytesOf(token.Text), Top: top}
	}
	return out
}

// bytesOf is a list of numbers, since []byte would be written as base64.
func bytesOf(text string) []int {
	out := make([]int, len(text))
	for i := range len(text) {
		out[i] = int(text[i])
	}
	return out
}

type completionLogprobs struct {
	Tokens        []string             `json:"tokens"`
	TokenLogprobs []float32            `json:"token_logprobs"`
	TopLogprobs   []map[string]float32 `json:"top_logprobs"`
	TextOffset    []int                `json:"text_offset"` // in characters, from the start of the answer
}

func completionLogprobsOf(tokens []engine.Token, offset int) (*completionLogprobs, int) {
	out := &completionLogprobs{
		Tokens: make([]string, len(tokens)), TokenLogprobs: make([]float32, len(tokens)),
		TextOffset: make([]int, len(tokens)),
	}
	for i, token := range tokens {
		out.Tokens[i], out.TokenLogprobs[i], out.TextOffset[i] = spelling(token.Text), token.Logprob, offset
		offset += utf8.RuneCountInString(token.Text)
		if len(token.Top) == 0 {
			continue
		}
		if out.TopLogprobs == nil {
			out.TopLogprobs = make([]map[string]float32, len(tokens))
		}
		out.TopLogprobs[i] = make(map[string]float32, len(token.Top))
		for _, alt := range token.Top {
			// Two tokens may spell the same; the likelier comes first and stays.
			if _, taken := out.TopLogprobs[i][spelling(alt.Text)]; !taken {
				out.TopLogprobs[i][spelling(alt.Text)] = alt.Logprob
			}
		}
	}
	return out, offset
}

// spelling is OpenAI's way of writing tokens that are part of a character: bytes:\xe4\xb8.
func spelling(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	out := []byte("bytes:")
	for i := range len(text) {
		out = fmt.Appendf(out, "\\x%02x", text[i])
	}
	return string(out)
}
