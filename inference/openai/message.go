package openai

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

type chatMessage struct {
	Role       string          `json:"role"`
	Content    json.RawMessage `json:"content"`
	Name       string          `json:"name"`
	ToolCalls  json.RawMessage `json:"tool_calls"`
	ToolCallID string          `json:"tool_call_id"`
}

type contentPart struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	ImageURL struct {
		URL string `json:"url"`
	} `json:"image_url"`
}

func (m chatMessage) translate(at string) (engine.Message, error) {
	out := engine.Message{Role: m.Role, Name: m.Name, ToolCallID: m.ToolCallID}
	switch m.Role {
	case "system", "user", "assistant":
	case "developer": // the newer word for system
		out.Role = "system"
	case "tool":
		if m.ToolCallID == "" {
			return out, engine.Errorf(engine.Invalid, "'%s.tool_call_id' is missing", at).WithParam(at + ".tool_call_id")
		}
	default:
		return out, engine.Errorf(engine.Invalid, "'%s.role' must be system, user, assistant or tool", at).WithParam(at + ".role")
	}
	if jsonbody.Present(m.ToolCalls) {
		if err := checkCalls(m.ToolCalls, at+".tool_calls"); err != nil {
			return out, err
		}
		out.ToolCalls = m.ToolCalls
	}
	if !jsonbody.Present(m.Content) {
		if out.ToolCalls == nil {
			return out, engine.Errorf(engine.Invalid, "'%s.content' is missing", at).WithParam(at + ".content")
		}
		return out, nil
	}
	return out, readContent(m.Content, at+".content", &out)
}

func checkCalls(raw json.RawMessage, at string) error {
	var calls []engine.ToolCall
	if err := json.Unmarshal(raw, &calls); err != nil {
		return engine.Errorf(engine.Invalid, "'%s' must be an array of tool calls", at).WithParam(at)
	}
	for _, call := range calls {
		if call.Function.Name == "" {
			return engine.Errorf(engine.Invalid, "'%s' has a call without a function name", at).WithParam(at)
		}
	}
	return nil
}

func readContent(raw json.RawMessage, at string, out *engine.Message) error {
	if json.Unmarshal(raw, &out.Content) == nil {
		return nil
	}
	var parts []contentPart
	if err := json.Unmarshal(raw, &parts); err != nil {
		return engine.Errorf(engine.Invalid, "'%s' must be a string or an array of parts", at).WithParam(at)
	}
	var text strings.Builder
	for _, part := range parts {
		switch part.Type {
		case "text":
			text.WriteString(part.Text)
		case "image_url":
			image, err := dataImage(part.ImageURL.URL, at)
			if err != nil {
				return err
			}
			out.Images = append(out.Images, image)
		default:
			return unsupported(at, "parts of type "+part.Type+" are not taken")
		}
	}
	out.Content = text.String()
	return nil
}

// dataImage reads a data: URL. Other URLs are refused: whoever answers must not be made to fetch things.
func dataImage(url, at string) ([]byte, error) {
	rest, ok := strings.CutPrefix(url, "data:image/")
	if !ok {
		return nil, unsupported(at, "images are taken as data: URLs only").WithHint("send data:image/png;base64,...")
	}
	_, encoded, ok := strings.Cut(rest, ";base64,")
	if !ok {
		return nil, engine.Errorf(engine.Invalid, "'%s' has an image that is not base64", at).WithParam(at)
	}
	image, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(image) == 0 {
		return nil, engine.Errorf(engine.Invalid, "'%s' has an image that is not base64", at).WithParam(at)
	}
	return image, nil
}
