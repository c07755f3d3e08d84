package openai

import (
	"encoding/json"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

type embeddingRequest struct {
	Model          string          `json:"model"`
	Input          json.RawMessage `json:"input"`
	EncodingFormat string          `json:"encoding_format"`
	Dimensions     *int            `json:"dimensions"`
}

func parseEmbeddings(body []byte) (engine.Request, error) {
	var in embeddingRequest
	if err := jsonbody.Decode(body, &in); err != nil {
		return engine.Request{}, err
	}
	if in.Model == "" {
		return engine.Request{}, engine.Errorf(engine.Invalid, "you must provide a model").WithParam("model")
	}
	req := engine.Request{Kind: engine.Embeddings, Model: in.Model}
	switch in.EncodingFormat {
	case "", "float":
	case "base64":
		req.Form.Base64 = true
	default:
		return engine.Request{}, engine.Errorf(engine.Invalid, "'encoding_format' must be float or base64").WithParam("encoding_format")
	}
	if in.Dimensions != nil {
		if *in.Dimensions < 1 {
			return engine.Request{}, engine.Errorf(engine.Invalid, "'dimensions' must be at least 1").WithParam("dimensions")
		}
		req.Options.Dimensions = *in.Dimensions
	}
	inputs, err := embeddingInput(in.Input)
	req.Input = inputs
	return req, err
}

func embeddingInput(raw json.RawMessage) ([]string, error) {
	var tokens []json.RawMessage
	if json.Unmarshal(raw, &tokens) == nil && len(tokens) > 0 && tokens[0][0] != '"' && tokens[0][0] != 'n' {
		return nil, unsupported("input", "token ids are not taken").WithHint("send strings")
	}
	inputs, err := jsonbody.Strings(raw, "input", maxInputs)
	if err != nil {
		return nil, err
	}
	if len(inputs) == 0 {
		return nil, engine.Errorf(engine.Invalid, "'input' cannot be empty").WithParam("input")
	}
	for i, text := range inputs {
		if text == "" {
			return nil, engine.Errorf(engine.Invalid, "'input[%d]' cannot be an empty string", i).WithParam("input")
		}
	}
	return inputs, nil
}
