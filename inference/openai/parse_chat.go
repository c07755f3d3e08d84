package openai

import (
	"encoding/json"
	"fmt"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

const maxMessages = 4096

type chatRequest struct {
	sampling
	Messages            []chatMessage   `json:"messages"`
	MaxCompletionTokens *int            `json:"max_completion_tokens"`
	Logprobs            bool            `json:"logprobs"`
	TopLogprobs         *int            `json:"top_logprobs"`
	ResponseFormat      json.RawMessage `json:"response_format"`
	Tools               json.RawMessage `json:"tools"`
	ToolChoice          json.RawMessage `json:"tool_choice"`
	Functions           json.RawMessage `json:"functions"`
	ReasoningEffort     string          `json:"reasoning_effort"`
	Modalities          []string        `json:"modalities"`
}

func parseChat(body []byte) (engine.Request, error) {
	var in chatRequest
	if err := jsonbody.Decode(body, &in); err != nil {
		return engine.Request{}, err
	}
	req, err := in.request(engine.Chat)
	if err != nil {
		return engine.Request{}, err
	}
	for _, set := range []func(*engine.Request) error{in.limits, in.logprobs, in.tools, in.format, in.messages} {
		if err := set(&req); err != nil {
			return engine.Request{}, err
		}
	}
	return req, nil
}

func (in chatRequest) limits(req *engine.Request) error {
	if in.MaxCompletionTokens != nil {
		if *in.MaxCompletionTokens < 1 {
			return engine.Errorf(engine.Invalid, "'max_completion_tokens' must be at least 1").WithParam("max_completion_tokens")
		}
		req.Options.MaxTokens = in.MaxCompletionTokens
	}
	for _, modality := range in.Modalities {
		if modality != "text" {
			return unsupported("modalities", "answers are text")
		}
	}
	switch in.ReasoningEffort {
	case "":
	case "none":
		req.Think = json.RawMessage("false")
	case "minimal", "low":
		req.Think = json.RawMessage(`"low"`)
	case "medium":
		req.Think = json.RawMessage(`"medium"`)
	case "high", "xhigh":
		req.Think = json.RawMessage(`"high"`)
	default:
		return engine.Errorf(engine.Invalid, "'reasoning_effort' is not known: %q", in.ReasoningEffort).WithParam("reasoning_effort")
	}
	return nil
}

func (in chatRequest) logprobs(req *engine.Request) error {
	req.Options.Logprobs = in.Logprobs
	if in.TopLogprobs == nil {
		return nil
	}
	if *in.TopLogprobs < 0 || *in.TopLogprobs > maxTopLogprobs {
		return engine.Errorf(engine.Invalid, "'top_logprobs' must be between 0 and %d", maxTopLogprobs).WithParam("top_logprobs")
	}
	if !in.Logprobs {
		return engine.Errorf(engine.Invalid, "'top_logprobs' needs 'logprobs' to be true").WithParam("top_logprobs")
	}
	req.Options.TopLogprobs = *in.TopLogprobs
	return nil
}

func (in chatRequest) tools(req *engine.Request) error {
	if jsonbody.Present(in.Functions) {
		return unsupported("functions", "it is OpenAI's old form").WithHint("use 'tools'")
	}
	if jsonbody.Present(in.Tools) {
		var tools []struct {
			Type     string `json:"type"`
			Function struct {
				Name string `json:"name"`
			} `json:"function"`
		}
		if err := json.Unmarshal(in.Tools, &tools); err != nil {
			return engine.Errorf(engine.Invalid, "'tools' must be an array of tools").WithParam("tools")
		}
		for i, tool := range tools {
			if tool.Type != "function" || tool.Function.Name == "" {
				return engine.Errorf(engine.Invalid, "'tools[%d]' must be a function with a name", i).WithParam(fmt.Sprintf("tools[%d]", i))
			}
		}
		if len(tools) > 0 {
			req.Tools = in.Tools
		}
	}
	if jsonbody.Present(in.ToolChoice) {
		if in.ToolChoice[0] != '"' && in.ToolChoice[0] != '{' {
			return engine.Errorf(engine.Invalid, "'tool_choice' must be a string or an object").WithParam("tool_choice")
		}
		req.ToolChoice = in.ToolChoice
	}
	return nil
}

func (in chatRequest) format(req *engine.Request) error {
	if !jsonbody.Present(in.ResponseFormat) {
		return nil
	}
	var format struct {
		Type       string `json:"type"`
		JSONSchema struct {
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	}
	if err := json.Unmarshal(in.ResponseFormat, &format); err != nil {
		return engine.Errorf(engine.Invalid, "'response_format' must be an object").WithParam("response_format")
	}
	switch format.Type {
	case "text":
	case "json_object":
		req.Format = json.RawMessage(`"json"`)
	case "json_schema":
		if schema := format.JSONSchema.Schema; len(schema) == 0 || schema[0] != '{' {
			return engine.Errorf(engine.Invalid, "'response_format.json_schema.schema' must be an object").
				WithParam("response_format.json_schema.schema")
		}
		req.Format = format.JSONSchema.Schema
	default:
		return engine.Errorf(engine.Invalid, "'response_format.type' must be text, json_object or json_schema").
			WithParam("response_format.type")
	}
	return nil
}

func (in chatRequest) messages(req *engine.Request) error {
	if len(in.Messages) == 0 || len(in.Messages) > maxMessages {
		return engine.Errorf(engine.Invalid, "'messages' must have 1 to %d entries", maxMessages).WithParam("messages")
	}
	for i, message := range in.Messages {
		translated, err := message.translate(fmt.Sprintf("messages[%d]", i))
		if err != nil {
			return err
		}
		req.Messages = append(req.Messages, translated)
	}
	return nil
}
