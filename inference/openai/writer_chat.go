package openai

import (
	"encoding/json"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

type chatObject struct {
	ID                string       `json:"id"`
	Object            string       `json:"object"`
	Created           int64        `json:"created"`
	Model             string       `json:"model"`
	Choices           []chatChoice `json:"choices"`
	Usage             *usage       `json:"usage,omitempty"`
	SystemFingerprint string       `json:"system_fingerprint,omitempty"`
}

type chatChoice struct {
	Index        int           `json:"index"`
	Message      *chatReply    `json:"message,omitempty"`
	Delta        *chatDelta    `json:"delta,omitempty"`
	Logprobs     *chatLogprobs `json:"logprobs"`
	FinishReason *string       `json:"finish_reason"`
}

type chatReply struct {
	Role      string            `json:"role"`
	Content   *string           `json:"content"` // null when the answer is only tool calls
	Refusal   *string           `json:"refusal"`
	Reasoning string            `json:"reasoning,omitempty"`
	ToolCalls []engine.ToolCall `json:"tool_calls,omitempty"`
}

type chatDelta struct {
	Role      string          `json:"role,omitempty"`
	Content   *string         `json:"content,omitempty"`
	Reasoning string          `json:"reasoning,omitempty"`
	ToolCalls json.RawMessage `json:"tool_calls,omitempty"`
}

func (w *Writer) chatHead(object string) chatObject {
	return chatObject{
		ID: w.id(), Object: object, Created: w.reply.Started.Unix(), Model: w.reply.Model, SystemFingerprint: w.reply.Build,
	}
}

func (w *Writer) chat(end engine.End) chatObject {
	calls := w.calls.Calls()
	finish := finishOf(end.Result, len(calls))
	message := &chatReply{Role: "assistant", Reasoning: w.thinking.String(), ToolCalls: calls}
	if text := w.text.String(); text != "" || len(calls) == 0 {
		message.Content = &text
	}
	choice := chatChoice{Message: message, FinishReason: &finish}
	if w.req.Options.Logprobs {
		choice.Logprobs = chatLogprobsOf(w.tokens)
	}
	out := w.chatHead("chat.completion")
	out.Choices, out.Usage = []chatChoice{choice}, usageOf(end)
	return out
}

func (w *Writer) chatChunk(chunk engine.Chunk) ([]byte, error) {
	delta := &chatDelta{Reasoning: chunk.Thinking, ToolCalls: chunk.ToolCalls}
	if chunk.Text != "" {
		delta.Content = &chunk.Text
	}
	choice := chatChoice{Delta: delta}
	if w.req.Options.Logprobs && len(chunk.Tokens) > 0 {
		choice.Logprobs = chatLogprobsOf(chunk.Tokens)
	}
	first := w.openChat()
	data, err := jsonbody.Encode(w.streamChat(choice))
	if err != nil {
		return nil, err
	}
	return append(first, event(data)...), nil
}

// openChat is the first event, which names the role; it is empty after the first time.
func (w *Writer) openChat() []byte {
	if w.begun {
		return nil
	}
	w.begun = true
	empty := ""
	out, err := events(w.streamChat(chatChoice{Delta: &chatDelta{Role: "assistant", Content: &empty}}))
	if err != nil { // strings always encode
		return nil
	}
	return out
}

func (w *Writer) streamChat(choices ...chatChoice) any {
	head := w.chatHead("chat.completion.chunk")
	head.Choices = choices
	if !w.req.Form.StreamUsage {
		return head
	}
	return chatWithUsage{chatObject: head}
}

// chatWithUsage writes "usage":null on every event but the last, as OpenAI does when usage is asked for.
type chatWithUsage struct {
	chatObject
	Usage *usage `json:"usage"`
}

func (w *Writer) endChatStream(end engine.End) ([]byte, error) {
	first := w.openChat()
	finish := finishOf(end.Result, len(w.calls.Calls()))
	values := []any{w.streamChat(chatChoice{Delta: &chatDelta{}, FinishReason: &finish})}
	if w.req.Form.StreamUsage {
		last := w.chatHead("chat.completion.chunk")
		last.Choices = []chatChoice{}
		values = append(values, chatWithUsage{chatObject: last, Usage: usageOf(end)})
	}
	out, err := done(values...)
	return append(first, out...), err
}
