package wire

import (
	"encoding/json"
	"fmt"

	"ayni.example/inference/engine"
	"ayni.example/internal/canon"
)

// sampling is the form in which a receipt names the options used; what was not given stands for the engine's default.
type sampling struct {
	MaxTokens        *int     `json:"max_tokens,omitempty"`
	Temperature      *float64 `json:"temperature,omitempty"`
	TopP             *float64 `json:"top_p,omitempty"`
	MinP             *float64 `json:"min_p,omitempty"`
	TopK             *int     `json:"top_k,omitempty"`
	RepeatPenalty    *float64 `json:"repeat_penalty,omitempty"`
	FrequencyPenalty *float64 `json:"frequency_penalty,omitempty"`
	PresencePenalty  *float64 `json:"presence_penalty,omitempty"`
	Stop             []string `json:"stop,omitempty"`
	Logprobs         bool     `json:"logprobs,omitempty"`
	TopLogprobs      int      `json:"top_logprobs,omitempty"`
	Dimensions       int      `json:"dimensions,omitempty"`
	ContextLength    int      `json:"context_length,omitempty"`
}

// samplingMax is what a receipt takes; longer stop strings than that are left out.
const samplingMax = 4 << 10

// Sampling is the canonical JSON of the options, without the seed, which a receipt names apart.
func Sampling(o engine.Options) (json.RawMessage, error) {
	s := sampling{
		o.MaxTokens, o.Temperature, o.TopP, o.MinP, o.TopK, o.RepeatPenalty, o.FrequencyPenalty, o.PresencePenalty, o.Stop,
		o.Logprobs, o.TopLogprobs, o.Dimensions, o.ContextLength,
	}
	raw, err := canon.Marshal(s)
	if err == nil && len(raw) > samplingMax {
		s.Stop = nil
		raw, err = canon.Marshal(s)
	}
	if err != nil {
		return nil, fmt.Errorf("write sampling options: %w", err)
	}
	return raw, nil
}

// ParseSampling reads what Sampling writes, to run a receipt's request again.
func ParseSampling(raw json.RawMessage, seed uint64) (engine.Options, error) {
	var s sampling
	if err := json.Unmarshal(raw, &s); err != nil {
		return engine.Options{}, fmt.Errorf("read sampling options: %w", err)
	}
	return engine.Options{
		MaxTokens: s.MaxTokens, Temperature: s.Temperature, TopP: s.TopP, MinP: s.MinP, TopK: s.TopK, Seed: &seed,
		RepeatPenalty: s.RepeatPenalty, FrequencyPenalty: s.FrequencyPenalty, PresencePenalty: s.PresencePenalty, Stop: s.Stop,
		Logprobs: s.Logprobs, TopLogprobs: s.TopLogprobs, Dimensions: s.Dimensions, ContextLength: s.ContextLength,
	}, nil
}
