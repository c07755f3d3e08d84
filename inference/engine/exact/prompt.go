package exact

import (
	"slices"
	"strings"

	"ayni.example/inference/engine"
)

// prompt gives the tokens of a completion or chat request.
func (m *Model) prompt(req engine.Request) ([]int32, error) {
	if err := refuse(req); err != nil {
		return nil, err
	}
	messages := req.Messages
	switch {
	case req.Kind == engine.Completion && (req.Raw || m.template == nil):
		text := req.Prompt
		if req.System != "" {
			text = req.System + "\n" + text
		}
		return m.plain(text, req)
	case req.Kind == engine.Completion:
		if req.System != "" {
			messages = append(messages, engine.Message{Role: "system", Content: req.System})
		}
		messages = append(messages, engine.Message{Role: "user", Content: req.Prompt})
	case req.Kind != engine.Chat:
		return nil, engine.Errorf(engine.Invalid, "a request of kind %q has no prompt", req.Kind)
	case len(messages) == 0:
		return nil, engine.Errorf(engine.Invalid, "a chat needs at least one message").WithParam("messages")
	}
	if m.template == nil {
		return m.plain(join(messages), req)
	}
	return m.templated(messages, req)
}

// plain is text as it is. Names of control tokens in it stay text.
func (m *Model) plain(text string, req engine.Request) ([]int32, error) {
	if err := m.fits(len(text)); err != nil {
		return nil, err
	}
	tokens := m.run.Tokenizer.Prompt(text, false)
	if len(tokens) == 0 {
		return nil, engine.Errorf(engine.Invalid, "the prompt is empty").WithHint("send some text").WithParam("prompt")
	}
	return tokens, m.bounded(tokens, req)
}

// join is the chat of a model without a template: the contents in order, a newline between, and the model goes on.
func join(messages []engine.Message) string {
	contents := make([]string, len(messages))
	for i, message := range messages {
		contents[i] = message.Content
	}
	return strings.Join(contents, "\n")
}

// templated renders the messages. When a message spells a control token, contents are fenced with a character that none of
// them has, so that what a user typed is encoded as text and cannot end its turn.
func (m *Model) templated(messages []engine.Message, req engine.Request) ([]int32, error) {
	total := 0
	for _, message := range messages {
		total += len(message.Content)
	}
	if err := m.fits(total); err != nil {
		return nil, err
	}
	fence := ""
	if m.spellsControl(messages) {
		fence = unusedRune(messages)
	}
	text, err := m.template.render(messages, fence)
	if err != nil {
		return nil, err
	}
	var tokens []int32
	if fence == "" {
		tokens = m.run.Tokenizer.Prompt(text, true)
	} else {
		for i, part := range strings.Split(text, fence) {
			switch {
			case i == 0:
				tokens = m.run.Tokenizer.Prompt(part, true)
			case i%2 == 1:
				tokens = append(tokens, m.run.Tokenizer.Encode(part)...)
			default:
				tokens = append(tokens, m.run.Tokenizer.EncodeSpecial(part)...)
			}
		}
	}
	return tokens, m.bounded(tokens, req)
}

func (m *Model) spellsControl(messages []engine.Message) bool {
	return slices.ContainsFunc(messages, func(message engine.Message) bool {
		return !slices.Equal(m.run.Tokenizer.Encode(message.Content), m.run.Tokenizer.EncodeSpecial(message.Content))
	})
}

// unusedRune looks in the private use area, which has more characters than a prompt can use up: prompts are bounded.
func unusedRune(messages []engine.Message) string {
	all := join(messages)
	for r := rune(0xF0000); r <= 0x10FFFD; r++ {
		if !strings.ContainsRune(all, r) {
			return string(r)
		}
	}
	return ""
}

// inputs gives the tokens of each text of an embedding request.
func (m *Model) inputs(req engine.Request) ([][]int32, error) {
	if len(req.Input) == 0 {
		return nil, engine.Errorf(engine.Invalid, "there is no input").WithParam("input")
	}
	if width := req.Options.Dimensions; width > int(m.about.Embedding) {
		return nil, engine.Errorf(engine.Invalid, "vectors of %s have %d dimensions, not %d", m.about.Name, m.about.Embedding, width).
			WithParam("dimensions")
	}
	out := make([][]int32, len(req.Input))
	for i, text := range req.Input {
		if err := m.fits(len(text)); err != nil {
			return nil, err
		}
		out[i] = m.run.Tokenizer.Document(text, false)
		if len(out[i]) == 0 {
			return nil, engine.Errorf(engine.Invalid, "input %d is empty", i).WithParam("input")
		}
		if len(out[i]) > m.run.ContextLength {
			return nil, m.tooLong(len(out[i]), m.run.ContextLength)
		}
	}
	return out, nil
}

// fits refuses text before it is encoded when it cannot fit whatever its tokens are.
func (m *Model) fits(bytes int) error {
	if least := bytes / max(1, m.longest); least > m.run.ContextLength {
		return m.tooLong(least, m.run.ContextLength)
	}
	return nil
}

func (m *Model) bounded(tokens []int32, req engine.Request) error {
	limit := m.run.ContextLength
	if asked := req.Options.ContextLength; asked > 0 {
		limit = min(limit, asked)
	}
	if len(tokens) >= limit {
		return m.tooLong(len(tokens), limit)
	}
	return nil
}

func (m *Model) tooLong(tokens, limit int) error {
	return engine.Errorf(engine.TooLarge, "the prompt has at least %d tokens, the context of %s has %d", tokens, m.about.Name, limit).
		WithHint("shorten the prompt")
}

// refuse names the first thing that a request wants and this engine cannot do.
func refuse(req engine.Request) error {
	images := len(req.Images) > 0
	for _, message := range req.Messages {
		images = images || len(message.Images) > 0
	}
	switch {
	case len(req.Tools) > 0 && string(req.ToolChoice) != `"none"`:
		return unsupported("tools", "tools")
	case images:
		return unsupported("images", "images")
	case req.Suffix != "":
		return unsupported("suffix", "filling in before a suffix")
	case len(req.Think) > 0 && string(req.Think) != "false":
		return unsupported("think", "thinking")
	default:
		return nil
	}
}

func unsupported(param, what string) error {
	return engine.Errorf(engine.Unsupported, "the exact engine does not do %s", what).
		WithHint("ask for a model that an Ollama or OpenAI-compatible backend serves").WithParam(param)
}
