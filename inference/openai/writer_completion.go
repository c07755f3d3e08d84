package openai

import "ayni.example/inference/engine"

type completionObject struct {
	ID                string             `json:"id"`
	Object            string             `json:"object"`
	Created           int64              `json:"created"`
	Model             string             `json:"model"`
	Choices           []completionChoice `json:"choices"`
	Usage             *usage             `json:"usage,omitempty"`
	SystemFingerprint string             `json:"system_fingerprint,omitempty"`
}

type completionChoice struct {
	Text         string              `json:"text"`
	Index        int                 `json:"index"`
	Logprobs     *completionLogprobs `json:"logprobs"`
	FinishReason *string             `json:"finish_reason"`
}

func (w *Writer) completionHead() completionObject {
	return completionObject{
		ID: w.id(), Object: "text_completion", Created: w.reply.Started.Unix(), Model: w.reply.Model,
		SystemFingerprint: w.reply.Build,
	}
}

func (w *Writer) completion(end engine.End) completionObject {
	finish := finishOf(end.Result, 0)
	choice := completionChoice{Text: w.text.String(), FinishReason: &finish}
	if w.req.Options.Logprobs {
		choice.Logprobs, _ = completionLogprobsOf(w.tokens, 0)
	}
	out := w.completionHead()
	out.Choices, out.Usage = []completionChoice{choice}, usageOf(end)
	return out
}

func (w *Writer) completionChunk(chunk engine.Chunk) ([]byte, error) {
	choice := completionChoice{Text: chunk.Text}
	if w.req.Options.Logprobs && len(chunk.Tokens) > 0 {
		choice.Logprobs, w.offset = completionLogprobsOf(chunk.Tokens, w.offset)
	}
	return events(w.streamCompletion(choice))
}

func (w *Writer) streamCompletion(choices ...completionChoice) any {
	head := w.completionHead()
	head.Choices = choices
	if !w.req.Form.StreamUsage {
		return head
	}
	return completionWithUsage{completionObject: head}
}

type completionWithUsage struct {
	completionObject
	Usage *usage `json:"usage"`
}

func (w *Writer) endCompletionStream(end engine.End) ([]byte, error) {
	finish := finishOf(end.Result, 0)
	values := []any{w.streamCompletion(completionChoice{FinishReason: &finish})}
	if w.req.Form.StreamUsage {
		last := w.completionHead()
		last.Choices = []completionChoice{}
		values = append(values, completionWithUsage{completionObject: last, Usage: usageOf(end)})
	}
	return done(values...)
}
