package ollama

import (
	"encoding/json"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

const (
	maxStops       = 64
	maxTopLogprobs = 20
	maxInputs      = 2048
	maxMessages    = 4096
)

// Parse reads the body of one of the endpoints.
func Parse(endpoint string, body []byte) (engine.Request, error) {
	switch endpoint {
	case Generate:
		return parseGenerate(body)
	case Chat:
		return parseChat(body)
	case Embed:
		return parseEmbed(body)
	case EmbeddingsOld:
		return parseEmbeddingsOld(body)
	default:
		return engine.Request{}, engine.Errorf(engine.NotFound, "no such endpoint: %s", endpoint).WithParam("url")
	}
}

// IsLoad tells whether a request only asks for the model to be loaded: Ollama's clients send one without a prompt first,
// and expect the writer's Loaded.
func IsLoad(req engine.Request) bool {
	switch req.Kind {
	case engine.Completion:
		return req.Prompt == "" && req.Suffix == "" && len(req.Images) == 0
	case engine.Chat:
		return len(req.Messages) == 0
	default:
		return false
	}
}

// common holds the fields that generate and chat share.
type common struct {
	Model       string          `json:"model"`
	Stream      *bool           `json:"stream"` // absent means true
	Format      json.RawMessage `json:"format"`
	Think       json.RawMessage `json:"think"`
	Options     *options        `json:"options"`
	Logprobs    bool            `json:"logprobs"`
	TopLogprobs int             `json:"top_logprobs"`
}

func (c common) request(kind engine.Kind) (engine.Request, error) {
	if c.Model == "" {
		return engine.Request{}, engine.Errorf(engine.Invalid, "model is required").WithParam("model")
	}
	req := engine.Request{Kind: kind, Model: c.Model, Stream: c.Stream == nil || *c.Stream}
	if err := c.Options.apply(&req.Options); err != nil {
		return req, err
	}
	if c.TopLogprobs < 0 || c.TopLogprobs > maxTopLogprobs {
		return req, engine.Errorf(engine.Invalid, "top_logprobs must be between 0 and %d", maxTopLogprobs).WithParam("top_logprobs")
	}
	req.Options.Logprobs = c.Logprobs
	if c.Logprobs {
		req.Options.TopLogprobs = c.TopLogprobs
	}
	format, err := readFormat(c.Format)
	if err != nil {
		return req, err
	}
	req.Format = format
	req.Think, err = readThink(c.Think)
	return req, err
}

func readFormat(raw json.RawMessage) (json.RawMessage, error) {
	switch {
	case !jsonbody.Present(raw), string(raw) == `""`:
		return nil, nil
	case string(raw) == `"json"`, raw[0] == '{':
		return raw, nil
	default:
		return nil, engine.Errorf(engine.Invalid, `format must be "json" or a JSON schema`).WithParam("format")
	}
}

func readThink(raw json.RawMessage) (json.RawMessage, error) {
	if !jsonbody.Present(raw) {
		return nil, nil
	}
	switch string(raw) {
	case "true", "false", `"high"`, `"medium"`, `"low"`:
		return raw, nil
	default:
		return nil, engine.Errorf(engine.Invalid, `think must be true, false, "high", "medium" or "low"`).WithParam("think")
	}
}
