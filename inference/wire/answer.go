package wire

import (
	"fmt"
	"strings"

	"ayni.example/inference/engine"
	"ayni.example/internal/canon"
)

// answerMax bounds the answer that both sides hold in memory, in bytes of text.
const answerMax = 32 << 20

// Answer puts together what an answer's digests cover. The zero value is ready.
type Answer struct {
	text, thinking strings.Builder
	calls          engine.ToolCalls
	ids            []int32
	unknown        bool // some text came without token ids
	counter        Counter
	charged        uint64
	vectors        *engine.Embedding
}

// Add takes the next chunk.
func (a *Answer) Add(c engine.Chunk) error {
	if a.text.Len()+a.thinking.Len()+len(c.Text)+len(c.Thinking) > answerMax {
		return engine.Errorf(engine.TooLarge, "answer exceeds %d bytes", answerMax)
	}
	a.text.WriteString(c.Text)
	a.thinking.WriteString(c.Thinking)
	charged := a.counter.Next(c)
	a.charged += charged
	for _, t := range c.Tokens {
		a.unknown = a.unknown || t.ID < 0
		a.ids = append(a.ids, t.ID)
	}
	a.unknown = a.unknown || (len(c.Tokens) == 0 && charged > 0)
	return a.calls.Add(c.ToolCalls)
}

// AddVectors takes an embedding in place of chunks.
func (a *Answer) AddVectors(e engine.Embedding) { a.vectors = &e }

// Text is what the answer digest is made over: the text itself; when the model also thought or called tools, the canonical
// JSON object of text, thinking and whole tool calls; for embeddings the JSON of the vectors.
func (a *Answer) Text() ([]byte, error) {
	if a.vectors != nil {
		text, err := a.vectors.Text()
		return []byte(text), err
	}
	if a.thinking.Len() == 0 && len(a.calls.Calls()) == 0 {
		return []byte(a.text.String()), nil
	}
	text, err := canon.Marshal(struct {
		Text      string            `json:"text"`
		Thinking  string            `json:"thinking"`
		ToolCalls []engine.ToolCall `json:"tool_calls"`
	}{a.text.String(), a.thinking.String(), a.calls.Calls()})
	if err != nil {
		return nil, fmt.Errorf("write answer: %w", err)
	}
	return text, nil
}

// IDs are the token ids shown; ok=false when some of the answer came without them.
func (a *Answer) IDs() (ids []int32, ok bool) { return a.ids, !a.unknown }

// Charged is the sum of the counter over the chunks: what was certain to be due before the answer ended.
func (a *Answer) Charged() uint64 { return a.charged }

// Bytes is the length of all that the model wrote; no tokenizer makes more tokens than bytes.
func (a *Answer) Bytes() int {
	n := a.text.Len() + a.thinking.Len()
	for _, call := range a.calls.Calls() {
		n += len(call.Function.Name) + len(call.Function.Arguments) + len(call.ID)
	}
	return n
}
