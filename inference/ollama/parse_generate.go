package ollama

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

type generateRequest struct {
	common
	Prompt   string          `json:"prompt"`
	Suffix   string          `json:"suffix"`
	System   string          `json:"system"`
	Template string          `json:"template"`
	Context  json.RawMessage `json:"context"`
	Raw      bool            `json:"raw"`
	Images   []string        `json:"images"`
}

func parseGenerate(body []byte) (engine.Request, error) {
	var in generateRequest
	if err := jsonbody.Decode(body, &in); err != nil {
		return engine.Request{}, err
	}
	req, err := in.request(engine.Completion)
	if err != nil {
		return req, err
	}
	if in.Template != "" {
		return req, unsupported("template", "the model's own template is used").WithHint("set raw and send the whole prompt")
	}
	if jsonbody.Present(in.Context) && string(in.Context) != "[]" {
		return req, unsupported("context", "earlier turns are not kept").WithHint("use /api/chat with all messages")
	}
	if in.Raw && (in.System != "" || in.Suffix != "") {
		return req, engine.Errorf(engine.Invalid, "raw mode does not support system or suffix").WithParam("raw")
	}
	req.Prompt, req.Suffix, req.System, req.Raw = in.Prompt, in.Suffix, in.System, in.Raw
	req.Images, err = readImages(in.Images, "images")
	return req, err
}

func readImages(encoded []string, param string) ([][]byte, error) {
	var images [][]byte
	for i, text := range encoded {
		image, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(image) == 0 {
			at := fmt.Sprintf("%s[%d]", param, i)
			return nil, engine.Errorf(engine.Invalid, "%s is not base64", at).WithParam(at)
		}
		images = append(images, image)
	}
	return images, nil
}

func unsupported(param, why string) *engine.Error {
	return engine.Errorf(engine.Unsupported, "%s is not supported: %s", param, why).WithParam(param)
}
