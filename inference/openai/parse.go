package openai

import (
	"encoding/json"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

const (
	maxStops       = 4
	maxTopLogprobs = 20
	maxInputs      = 2048
)

// Parse reads the body of one of the endpoints.
func Parse(endpoint string, body []byte) (engine.Request, error) {
	switch endpoint {
	case ChatCompletions:
		return parseChat(body)
	case Completions:
		return parseCompletion(body)
	case Embeddings:
		return parseEmbeddings(body)
	default:
		return engine.Request{}, engine.Errorf(engine.NotFound, "no such endpoint: %s", endpoint).WithParam("url")
	}
}

// sampling holds the fields that chat and completion share. Some are not OpenAI's own: servers such as vLLM take them
// under these names.
type sampling struct {
	Model             string          `json:"model"`
	MaxTokens         *int            `json:"max_tokens"`
	Temperature       *float64        `json:"temperature"`
	TopP              *float64        `json:"top_p"`
	MinP              *float64        `json:"min_p"`
	TopK              *int            `json:"top_k"`
	RepetitionPenalty *float64        `json:"repetition_penalty"`
	FrequencyPenalty  *float64        `json:"frequency_penalty"`
	PresencePenalty   *float64        `json:"presence_penalty"`
	Seed              *int64          `json:"seed"`
	Stop              json.RawMessage `json:"stop"`
	N                 *int            `json:"n"`
	LogitBias         map[string]any  `json:"logit_bias"`
	Stream            bool            `json:"stream"`
	StreamOptions     *struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

func (s sampling) request(kind engine.Kind) (engine.Request, error) {
	if err := s.check(); err != nil {
		return engine.Request{}, err
	}
	stop, err := jsonbody.Stop(s.Stop, maxStops)
	if err != nil {
		return engine.Request{}, err
	}
	req := engine.Request{Kind: kind, Model: s.Model, Stream: s.Stream}
	req.Form.StreamUsage = s.Stream && s.StreamOptions != nil && s.StreamOptions.IncludeUsage
	req.Options = engine.Options{
		MaxTokens: s.MaxTokens, Temperature: s.Temperature, TopP: s.TopP, MinP: s.MinP, TopK: s.TopK,
		RepeatPenalty: s.RepetitionPenalty, FrequencyPenalty: s.FrequencyPenalty, PresencePenalty: s.PresencePenalty, Stop: stop,
	}
	if s.Seed != nil {
		seed := uint64(*s.Seed) // a negative seed is as good as any other bit pattern
		req.Options.Seed = &seed
	}
	return req, nil
}

func (s sampling) check() error {
	if s.Model == "" {
		return engine.Errorf(engine.Invalid, "you must provide a model").WithParam("model")
	}
	if s.N != nil && *s.N != 1 {
		return unsupported("n", "only one answer a request is given").WithHint("send the request several times")
	}
	if len(s.LogitBias) > 0 {
		return unsupported("logit_bias", "tokens cannot be biased")
	}
	if s.MaxTokens != nil && *s.MaxTokens < 1 {
		return engine.Errorf(engine.Invalid, "'max_tokens' must be at least 1").WithParam("max_tokens")
	}
	if s.TopK != nil && *s.TopK < -1 {
		return engine.Errorf(engine.Invalid, "'top_k' must be at least -1").WithParam("top_k")
	}
	ranges := []error{
		jsonbody.Within("temperature", s.Temperature, 0, 2),
		jsonbody.Within("top_p", s.TopP, 0, 1),
		jsonbody.Within("min_p", s.MinP, 0, 1),
		jsonbody.Within("repetition_penalty", s.RepetitionPenalty, 0.01, 10),
		jsonbody.Within("frequency_penalty", s.FrequencyPenalty, -2, 2),
		jsonbody.Within("presence_penalty", s.PresencePenalty, -2, 2),
	}
	for _, err := range ranges {
		if err != nil {
			return err
		}
	}
	return nil
}

func unsupported(param, why string) *engine.Error {
	return engine.Errorf(engine.Unsupported, "'%s' is not supported: %s", param, why).WithParam(param)
}
