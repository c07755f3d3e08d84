package openai

import "ayni.example/inference/engine"

type usage struct {
	PromptTokens     int    `json:"prompt_tokens"`
	CompletionTokens int    `json:"completion_tokens"`
	TotalTokens      int    `json:"total_tokens"`
	Cost             string `json:"cost,omitempty"` // ours: decimal credits
}

func usageOf(end engine.End) *usage {
	used := end.Result.Usage
	return &usage{
		PromptTokens: used.Prompt, CompletionTokens: used.Completion, TotalTokens: used.Prompt + used.Completion, Cost: end.Cost,
	}
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
