package openai

import (
	"encoding/json"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

// maxCompletionLogprobs is OpenAI's bound for the older endpoint.
const maxCompletionLogprobs = 5

type completionRequest struct {
	sampling
	Prompt   json.RawMessage `json:"prompt"`
	Suffix   string          `json:"suffix"`
	Logprobs *int            `json:"logprobs"`
	Echo     bool            `json:"echo"`
	BestOf   *int            `json:"best_of"`
}

func parseCompletion(body []byte) (engine.Request, error) {
	var in completionRequest
	if err := jsonbody.Decode(body, &in); err != nil {
		return engine.Request{}, err
	}
	req, err := in.request(engine.Completion)
	if err != nil {
		return engine.Request{}, err
	}
	if in.BestOf != nil && *in.BestOf != 1 {
		return engine.Request{}, unsupported("best_of", "only one answer a request is made")
	}
	if in.Echo {
		return engine.Request{}, unsupported("echo", "the prompt is not repeated").WithHint("put the prompt before the answer yourself")
	}
	if in.Logprobs != nil {
		if *in.Logprobs < 0 || *in.Logprobs > maxCompletionLogprobs {
			return engine.Request{}, engine.Errorf(engine.Invalid, "'logprobs' must be between 0 and %d", maxCompletionLogprobs).
				WithParam("logprobs")
		}
		req.Options.Logprobs, req.Options.TopLogprobs = true, *in.Logprobs
	}
	req.Prompt, err = onePrompt(in.Prompt)
	req.Suffix = in.Suffix
	// OpenAI's completion is the prompt as it is; filling in needs the backend's own template.
	req.Raw = in.Suffix == ""
	return req, err
}

func onePrompt(raw json.RawMessage) (string, error) {
	if !jsonbody.Present(raw) {
		return "", engine.Errorf(engine.Invalid, "you must provide a prompt").WithParam("prompt")
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return one, nil
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return "", engine.Errorf(engine.Invalid, "'prompt' must be a string").WithParam("prompt")
	}
	if len(list) == 1 && json.Unmarshal(list[0], &one) == nil {
		return one, nil
	}
	if len(list) == 0 {
		return "", engine.Errorf(engine.Invalid, "'prompt' is an empty list").WithParam("prompt")
	}
	return "", unsupported("prompt", "several prompts, and prompts given as token ids, are not taken").
		WithHint("send one string a request")
}
