package exact

import (
	"fmt"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/jinja"
)

// template is the chat template of a model, with what it is told beside the messages.
type template struct {
	parsed   *jinja.Template
	bos, eos string
}

func newTemplate(source, bos, eos string) (*template, error) {
	parsed, err := jinja.Parse(source)
	if err != nil {
		return nil, fmt.Errorf("chat template: %w", err)
	}
	return &template{parsed: parsed, bos: bos, eos: eos}, nil
}

// render writes the messages and the opening of the answer; fence stands before and after each content.
func (t *template) render(messages []engine.Message, fence string) (string, error) {
	list := make([]any, len(messages))
	for i, message := range messages {
		list[i] = map[string]any{"role": message.Role, "content": fence + message.Content + fence}
	}
	text, err := t.parsed.Render(map[string]any{
		"messages": list, "add_generation_prompt": true, "bos_token": t.bos, "eos_token": t.eos,
	})
	if err != nil {
		return "", engine.Errorf(engine.Invalid, "the model's chat template does not take these messages: %w", err).WithParam("messages")
	}
	return text, nil
}
