package ollama

import (
	"encoding/json"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

const maxContext = 1 << 24

type options struct {
	NumPredict       *int            `json:"num_predict"`
	NumCtx           *int            `json:"num_ctx"`
	Temperature      *float64        `json:"temperature"`
	TopP             *float64        `json:"top_p"`
	MinP             *float64        `json:"min_p"`
	TopK             *int            `json:"top_k"`
	Seed             *int64          `json:"seed"`
	RepeatPenalty    *float64        `json:"repeat_penalty"`
	FrequencyPenalty *float64        `json:"frequency_penalty"`
	PresencePenalty  *float64        `json:"presence_penalty"`
	Stop             json.RawMessage `json:"stop"`
}

func (o *options) apply(out *engine.Options) error {
	if o == nil {
		return nil
	}
	ranges := []error{
		jsonbody.Within("options.temperature", o.Temperature, 0, 100),
		jsonbody.Within("options.top_p", o.TopP, 0, 1),
		jsonbody.Within("options.min_p", o.MinP, 0, 1),
		jsonbody.Within("options.repeat_penalty", o.RepeatPenalty, 0, 100),
		jsonbody.Within("options.frequency_penalty", o.FrequencyPenalty, -100, 100),
		jsonbody.Within("options.presence_penalty", o.PresencePenalty, -100, 100),
	}
	for _, err := range ranges {
		if err != nil {
			return err
		}
	}
	stop, err := jsonbody.Stop(o.Stop, maxStops)
	if err != nil {
		return err
	}
	*out = engine.Options{
		Temperature: o.Temperature, TopP: o.TopP, MinP: o.MinP, TopK: o.TopK, RepeatPenalty: o.RepeatPenalty,
		FrequencyPenalty: o.FrequencyPenalty, PresencePenalty: o.PresencePenalty, Stop: stop,
	}
	if o.NumPredict != nil && *o.NumPredict > 0 { // -1 and -2 mean no bound of the caller's
		out.MaxTokens = o.NumPredict
	}
	if o.Seed != nil {
		seed := uint64(*o.Seed) // a negative seed is as good as any other bit pattern
		out.Seed = &seed
	}
	if o.NumCtx != nil {
		if *o.NumCtx < 0 || *o.NumCtx > maxContext {
			return engine.Errorf(engine.Invalid, "options.num_ctx must be between 0 and %d", maxContext).WithParam("options.num_ctx")
		}
		out.ContextLength = *o.NumCtx
	}
	return nil
}
