package openai

import "ayni.example/inference/engine"

type usage struct {
	PromptTokens     int    `json:"prompt_tokens"`
	CompletionTokens int    `json:"completion_tokens"`
	TotalTokens      int    `json:"total_tokens"`
	Cost             string `json:"cost,omitempty"` // ours: decimal credits

	Details *promptDetails `json:"prompt_tokens_details,omitempty"`
}

type promptDetails struct {
	Cached int `json:"cached_tokens"`
}

func usageOf(end engine.End) *usage {
	used := end.Result.Usage
	out := &usage{
		PromptTokens: used.Prompt, CompletionTokens: used.Completion, TotalTokens: used.Prompt + used.Completion, Cost: end.Cost,
	}
	if used.Cached > 0 {
		out.Details = &promptDetails{Cached: used.Cached}
	}
	return out
}

// finishOf keeps to OpenAI's closed list; a cancelled answer was cut, which is what length says.
func finishOf(result engine.Result, calls int) string {
	switch {
	case calls > 0:
		return "tool_calls"
	case result.Finish == "length", result.Finish == "cancelled":
		return "length"
	default:
		return "stop"
	}
}
