package ollama

import (
	"encoding/json"
	"fmt"

	"ayni.example/inference/engine"
)

// request is the body of generate and chat. Truncate and shift are off: a prompt that does not fit is an error, and an
// answer ends where the context does.
type request struct {
	Model       string          `json:"model"`
	Prompt      string          `json:"prompt,omitempty"`
	Suffix      string          `json:"suffix,omitempty"`
	System      string          `json:"system,omitempty"`
	Raw         bool            `json:"raw,omitempty"`
	Images      [][]byte        `json:"images,omitempty"`
	Messages    []message       `json:"messages,omitempty"`
	Tools       json.RawMessage `json:"tools,omitempty"`
	Format      json.RawMessage `json:"format,omitempty"`
	Think       json.RawMessage `json:"think,omitempty"`
	Options     map[string]any  `json:"options"`
	Logprobs    bool            `json:"logprobs,omitempty"`
	TopLogprobs int             `json:"top_logprobs,omitempty"`
	Stream      bool            `json:"stream"`
	Truncate    bool            `json:"truncate"`
	Shift       bool            `json:"shift"`
}

type message struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	Images     [][]byte   `json:"images,omitempty"`
	ToolCalls  []toolCall `json:"tool_calls,omitempty"`
	ToolName   string     `json:"tool_name,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

type toolCall struct {
	ID       string       `json:"id,omitempty"`
	Function toolFunction `json:"function"`
}

type toolFunction struct {
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"` // an object
}

func translate(req engine.Request) (path string, out request, err error) {
	out = request{
		Model: req.Model, Format: req.Format, Think: req.Think, Options: options(req.Options), Stream: true,
		Logprobs: req.Options.Logprobs, TopLogprobs: req.Options.TopLogprobs,
	}
	switch req.Kind {
	case engine.Completion:
		out.Prompt, out.Suffix, out.System, out.Raw, out.Images = req.Prompt, req.Suffix, req.System, req.Raw, req.Images
		if out.Prompt == "" && out.Suffix == "" {
			return "", out, engine.Errorf(engine.Invalid, "the prompt is empty").WithHint("send some text").WithParam("prompt")
		}
		return "/api/generate", out, nil
	case engine.Chat:
		if len(req.Messages) == 0 {
			return "", out, engine.Errorf(engine.Invalid, "a chat needs at least one message").WithParam("messages")
		}
		if err := out.setTools(req); err != nil {
			return "", out, err
		}
		out.Messages, err = messages(req.Messages)
		return "/api/chat", out, err
	default:
		return "", out, engine.Errorf(engine.Invalid, "a request of kind %q has no text to answer", req.Kind)
	}
}

func (r *request) setTools(req engine.Request) error {
	switch string(req.ToolChoice) {
	case "", `"auto"`:
		r.Tools = req.Tools
		return nil
	case `"none"`:
		return nil
	default:
		return engine.Errorf(engine.Unsupported, "Ollama cannot be made to call a tool").
			WithHint("leave tool_choice out, or set it to auto or none").WithParam("tool_choice")
	}
}

func messages(from []engine.Message) ([]message, error) {
	out := make([]message, len(from))
	for i, m := range from {
		out[i] = message{Role: m.Role, Content: m.Content, Images: m.Images, ToolCallID: m.ToolCallID}
		if m.Role == "tool" {
			out[i].ToolName = m.Name
		}
		var calls engine.ToolCalls
		if err := calls.Add(m.ToolCalls); err != nil {
			return nil, err
		}
		for _, call := range calls.Calls() {
			arguments := json.RawMessage(call.Function.Arguments)
			var object map[string]any
			if json.Unmarshal(arguments, &object) != nil {
				param := fmt.Sprintf("messages[%d].tool_calls", i)
				return nil, engine.Errorf(engine.Invalid, "the arguments of %q are not a JSON object", call.Function.Name).WithParam(param)
			}
			out[i].ToolCalls = append(out[i].ToolCalls, toolCall{ID: call.ID, Function: toolFunction{call.Function.Name, arguments}})
		}
	}
	return out, nil
}

func options(from engine.Options) map[string]any {
	out := make(map[string]any)
	set(out, "num_predict", from.MaxTokens)
	set(out, "temperature", from.Temperature)
	set(out, "top_p", from.TopP)
	set(out, "min_p", from.MinP)
	set(out, "repeat_penalty", from.RepeatPenalty)
	set(out, "frequency_penalty", from.FrequencyPenalty)
	set(out, "presence_penalty", from.PresencePenalty)
	if from.TopK != nil {
		out["top_k"] = max(0, *from.TopK)
	}
	if from.Seed != nil {
		// Ollama takes 32 bits, of which two patterns mean "any seed".
		out["seed"] = *from.Seed & 0x7fffffff
	}
	if len(from.Stop) > 0 {
		out["stop"] = from.Stop
	}
	if from.ContextLength > 0 {
		out["num_ctx"] = from.ContextLength
	}
	return out
}

func set[T any](out map[string]any, name string, value *T) {
	if value != nil {
		out[name] = *value
	}
}
