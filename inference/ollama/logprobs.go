package ollama

import "ayni.example/inference/engine"

type altLogprob struct {
	Token   string  `json:"token"`
	Logprob float32 `json:"logprob"`
	Bytes   []int   `json:"bytes,omitempty"`
}

type tokenLogprob struct {
	altLogprob
	Top []altLogprob `json:"top_logprobs,omitempty"`
}

func logprobsOf(tokens []engine.Token) []tokenLogprob {
	out := make([]tokenLogprob, len(tokens))
	for i, token := range tokens {
		out[i].altLogprob = altLogprob{Token: token.Text, Logprob: token.Logprob, Bytes: bytesOf(token.Text)}
		for _, alt := range token.Top {
			out[i].Top = append(out[i].Top, altLogprob{Token: alt.Text, Logprob: alt.Logprob, Bytes: bytesOf(alt.Text)})
		}
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
