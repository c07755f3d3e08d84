package openaiapi

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"ayni.example/inference/engine"
)

// request is the body of chat completions and completions.
type request struct {
	Model             string          `json:"model"`
	Prompt            *string         `json:"prompt,omitempty"`
	Suffix            string          `json:"suffix,omitempty"`
	Messages          []message       `json:"messages,omitempty"`
	Tools             json.RawMessage `json:"tools,omitempty"`
	ToolChoice        json.RawMessage `json:"tool_choice,omitempty"`
	ResponseFormat    any             `json:"response_format,omitempty"`
	ReasoningEffort   string          `json:"reasoning_effort,omitempty"`
	MaxTokens         *int            `json:"max_tokens,omitempty"`
	Temperature       *float64        `json:"temperature,omitempty"`
	TopP              *float64        `json:"top_p,omitempty"`
	MinP              *float64        `json:"min_p,omitempty"`
	TopK              *int            `json:"top_k,omitempty"`
	RepetitionPenalty *float64        `json:"repetition_penalty,omitempty"`
	FrequencyPenalty  *float64        `json:"frequency_penalty,omitempty"`
	PresencePenalty   *float64        `json:"presence_penalty,omitempty"`
	Seed              *uint64         `json:"seed,omitempty"`
	Stop              []string        `json:"stop,omitempty"`
	Logprobs          any             `json:"logprobs,omitempty"` // true for chats, a number for completions
	TopLogprobs       *int            `json:"top_logprobs,omitempty"`
	Stream            bool            `json:"stream"`
	StreamOptions     map[string]bool `json:"stream_options"`
}

type message struct {
	Role       string          `json:"role"`
	Content    any             `json:"content"` // string, or []part with images
	Name       string          `json:"name,omitempty"`
	ToolCalls  json.RawMessage `json:"tool_calls,omitempty"`
	ToolCallID string          `json:"tool_call_id,omitempty"`
}

type part struct {
	Type     string    `json:"type"`
	Text     string    `json:"text,omitempty"`
	ImageURL *imageURL `json:"image_url,omitempty"`
}

type imageURL struct {
	URL string `json:"url"`
}

func translate(req engine.Request) (path string, out request, err error) {
	out = start(req)
	switch {
	case req.Kind == engine.Chat && len(req.Messages) == 0:
		return "", out, engine.Errorf(engine.Invalid, "a chat needs at least one message").WithParam("messages")
	case req.Kind == engine.Chat:
		return "/chat/completions", out.chat(req, req.Messages), nil
	case req.Kind != engine.Completion:
		return "", out, engine.Errorf(engine.Invalid, "a request of kind %q has no text to answer", req.Kind)
	case req.Raw || req.Suffix != "":
		out.Prompt, out.Suffix = &req.Prompt, req.Suffix
		if req.Options.Logprobs {
			out.Logprobs = req.Options.TopLogprobs
		}
		return "/completions", out, nil
	default: // a prompt that wants the model's template is a chat of one turn
		var messages []engine.Message
		if req.System != "" {
			messages = append(messages, engine.Message{Role: "system", Content: req.System})
		}
		messages = append(messages, engine.Message{Role: "user", Content: req.Prompt, Images: req.Images})
		return "/chat/completions", out.chat(req, messages), nil
	}
}

func start(req engine.Request) request {
	o := req.Options
	out := request{
		Model: req.Model, MaxTokens: o.MaxTokens, Temperature: o.Temperature, TopP: o.TopP, MinP: o.MinP, TopK: o.TopK,
		RepetitionPenalty: o.RepeatPenalty, FrequencyPenalty: o.FrequencyPenalty, PresencePenalty: o.PresencePenalty,
		Stop: o.Stop, Stream: true, StreamOptions: map[string]bool{"include_usage": true},
	}
	if o.Seed != nil {
		seed := *o.Seed & (1<<53 - 1) // servers keep it in a signed or a floating number
		out.Seed = &seed
	}
	return out
}

func (r request) chat(req engine.Request, messages []engine.Message) request {
	for _, m := range messages {
		r.Messages = append(r.Messages, messageOf(m))
	}
	r.Tools, r.ToolChoice = req.Tools, req.ToolChoice
	switch format := req.Format; {
	case len(format) == 0:
	case format[0] == '"':
		r.ResponseFormat = map[string]string{"type": "json_object"}
	default:
		r.ResponseFormat = map[string]any{
			"type": "json_schema", "json_schema": map[string]any{"name": "answer", "schema": format, "strict": true},
		}
	}
	switch string(req.Think) {
	case "false":
		r.ReasoningEffort = "none"
	case "true", `"medium"`:
		r.ReasoningEffort = "medium"
	case `"low"`:
		r.ReasoningEffort = "low"
	case `"high"`:
		r.ReasoningEffort = "high"
	}
	if req.Options.Logprobs {
		r.Logprobs, r.TopLogprobs = true, &req.Options.TopLogprobs
	}
	return r
}

func messageOf(m engine.Message) message {
	out := message{Role: m.Role, Content: m.Content, ToolCalls: m.ToolCalls, ToolCallID: m.ToolCallID}
	if m.Role != "tool" {
		out.Name = m.Name
	}
	if len(m.Images) == 0 {
		return out
	}
	parts := []part{{Type: "text", Text: m.Content}}
	for _, image := range m.Images {
		url := "data:" + http.DetectContentType(image) + ";base64," + base64.StdEncoding.EncodeToString(image)
		parts = append(parts, part{Type: "image_url", ImageURL: &imageURL{URL: url}})
	}
	out.Content = parts
	return out
}
