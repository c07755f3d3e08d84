package ollama

import (
	"encoding/json"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

func parseEmbed(body []byte) (engine.Request, error) {
	var in struct {
		Model      string          `json:"model"`
		Input      json.RawMessage `json:"input"`
		Dimensions int             `json:"dimensions"`
	}
	if err := jsonbody.Decode(body, &in); err != nil {
		return engine.Request{}, err
	}
	if in.Model == "" {
		return engine.Request{}, engine.Errorf(engine.Invalid, "model is required").WithParam("model")
	}
	if in.Dimensions < 0 {
		return engine.Request{}, engine.Errorf(engine.Invalid, "dimensions must be at least 0").WithParam("dimensions")
	}
	input, err := jsonbody.Strings(in.Input, "input", maxInputs)
	if err != nil {
		return engine.Request{}, err
	}
	if len(input) == 0 {
		return engine.Request{}, engine.Errorf(engine.Invalid, "input is required").WithParam("input")
	}
	req := engine.Request{Kind: engine.Embeddings, Model: in.Model, Input: input}
	req.Options.Dimensions = in.Dimensions
	return req, nil
}

func parseEmbeddingsOld(body []byte) (engine.Request, error) {
	var in struct {
		Model  string `json:"model"`
		Prompt string `json:"prompt"`
	}
	if err := jsonbody.Decode(body, &in); err != nil {
		return engine.Request{}, err
	}
	if in.Model == "" {
		return engine.Request{}, engine.Errorf(engine.Invalid, "model is required").WithParam("model")
	}
	if in.Prompt == "" {
		return engine.Request{}, engine.Errorf(engine.Invalid, "prompt is required").WithParam("prompt")
	}
	return engine.Request{Kind: engine.Embeddings, Model: in.Model, Input: []string{in.Prompt}}, nil
}

// ParseShow reads the body of /api/show, and of the other endpoints that only name a model.
func ParseShow(body []byte) (model string, err error) {
	var in struct {
		Model string `json:"model"`
		Name  string `json:"name"` // the older word
	}
	if err := jsonbody.Decode(body, &in); err != nil {
		return "", err
	}
	if in.Model == "" {
		in.Model = in.Name
	}
	if in.Model == "" {
		return "", engine.Errorf(engine.Invalid, "model is required").WithParam("model")
	}
	return in.Model, nil
}
