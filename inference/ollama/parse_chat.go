package ollama

import (
	"encoding/json"
	"fmt"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

type chatRequest struct {
	common
	Messages []chatMessage   `json:"messages"`
	Tools    json.RawMessage `json:"tools"`
}

type chatMessage struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	Images     []string   `json:"images"`
	ToolCalls  []toolCall `json:"tool_calls"`
	ToolName   string     `json:"tool_name"`
	ToolCallID string     `json:"tool_call_id"`
}

type toolCall struct {
	ID       string `json:"id,omitempty"`
	Function struct {
		Index     *int            `json:"index,omitempty"`
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"` // an object
	} `json:"function"`
}

func parseChat(body []byte) (engine.Request, error) {
	var in chatRequest
	if err := jsonbody.Decode(body, &in); err != nil {
		return engine.Request{}, err
	}
	req, err := in.request(engine.Chat)
	if err != nil {
		return req, err
	}
	if jsonbody.Present(in.Tools) {
		var tools []json.RawMessage
		if err := json.Unmarshal(in.Tools, &tools); err != nil {
			return req, engine.Errorf(engine.Invalid, "tools must be an array of tools").WithParam("tools")
		}
		if len(tools) > 0 {
			req.Tools = in.Tools
		}
	}
	if len(in.Messages) > maxMessages {
		return req, engine.Errorf(engine.Invalid, "messages has more than %d entries", maxMessages).WithParam("messages")
	}
	for i, message := range in.Messages {
		translated, err := message.translate(i)
		if err != nil {
			return req, err
		}
		req.Messages = append(req.Messages, translated)
	}
	return req, nil
}

func (m chatMessage) translate(i int) (engine.Message, error) {
	at := fmt.Sprintf("messages[%d]", i)
	out := engine.Message{Role: m.Role, Content: m.Content, Name: m.ToolName, ToolCallID: m.ToolCallID}
	switch m.Role {
	case "system", "user", "assistant", "tool":
	default:
		return out, engine.Errorf(engine.Invalid, "%s.role must be system, user, assistant or tool", at).WithParam(at + ".role")
	}
	images, err := readImages(m.Images, at+".images")
	if err != nil {
		return out, err
	}
	out.Images = images
	if len(m.ToolCalls) == 0 {
		return out, nil
	}
	calls := make([]engine.ToolCall, len(m.ToolCalls))
	for j, call := range m.ToolCalls {
		if len(call.Function.Arguments) == 0 || call.Function.Arguments[0] != '{' || call.Function.Name == "" {
			at := fmt.Sprintf("%s.tool_calls[%d]", at, j)
			return out, engine.Errorf(engine.Invalid, "%s must have a function name and an object of arguments", at).WithParam(at)
		}
		calls[j] = call.inner(i, j)
	}
	out.ToolCalls, err = jsonbody.Encode(calls)
	return out, err
}

// inner gives OpenAI's form. Ollama's callers may leave the id out, so a call has one by its place.
func (c toolCall) inner(message, place int) engine.ToolCall {
	id := c.ID
	if id == "" {
		id = fmt.Sprintf("call_%d_%d", message, place)
	}
	return engine.ToolCall{
		ID: id, Type: "function",
		Function: engine.ToolFunction{Name: c.Function.Name, Arguments: string(c.Function.Arguments)},
	}
}
