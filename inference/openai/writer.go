package openai

import (
	"strings"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

// Writer turns one answer to bytes. A stream gives bytes with every chunk; a whole answer gives them all at End.
// It holds the answer until then, so whoever feeds it bounds its length.
type Writer struct {
	endpoint string
	req      engine.Request
	reply    engine.Reply
	begun    bool
	offset   int // characters written, for the older endpoint's logprobs
	text     strings.Builder
	thinking strings.Builder
	tokens   []engine.Token
	calls    engine.ToolCalls
}

// NewWriter writes the answer to a request that Parse gave for the endpoint.
func NewWriter(endpoint string, req engine.Request, reply engine.Reply) *Writer {
	return &Writer{endpoint: endpoint, req: req, reply: reply}
}

// ContentType is the answer's media type.
func (w *Writer) ContentType() string {
	if w.req.Stream {
		return "text/event-stream"
	}
	return "application/json"
}

// Chunk takes the next piece of the answer and gives the bytes to send now, if any.
func (w *Writer) Chunk(chunk engine.Chunk) ([]byte, error) {
	if err := w.calls.Add(chunk.ToolCalls); err != nil {
		return nil, err
	}
	if !w.req.Stream {
		w.text.WriteString(chunk.Text)
		w.thinking.WriteString(chunk.Thinking)
		w.tokens = append(w.tokens, chunk.Tokens...)
		return nil, nil
	}
	if chunk.Text == "" && chunk.Thinking == "" && len(chunk.ToolCalls) == 0 && (!w.req.Options.Logprobs || len(chunk.Tokens) == 0) {
		return nil, nil // a token whose text is held back says nothing yet
	}
	if w.endpoint == Completions {
		return w.completionChunk(chunk)
	}
	return w.chatChunk(chunk)
}

// End closes the answer and gives the last bytes.
func (w *Writer) End(end engine.End) ([]byte, error) {
	switch {
	case w.req.Stream && w.endpoint == Completions:
		return w.endCompletionStream(end)
	case w.req.Stream:
		return w.endChatStream(end)
	case w.endpoint == Completions:
		return jsonbody.Encode(w.completion(end))
	default:
		return jsonbody.Encode(w.chat(end))
	}
}

// Fail gives the bytes that tell a stream's reader of an error after the stream has begun; there is no [DONE] behind it.
func (w *Writer) Fail(err error) []byte {
	_, body := Error(err)
	if !w.req.Stream {
		return body
	}
	return event(body)
}

func (w *Writer) id() string {
	if w.endpoint == Completions {
		return "cmpl-" + w.reply.Receipt
	}
	return "chatcmpl-" + w.reply.Receipt
}

func event(data []byte) []byte {
	return append(append([]byte("data: "), data...), "\n\n"...)
}

func events(values ...any) ([]byte, error) {
	var out []byte
	for _, value := range values {
		data, err := jsonbody.Encode(value)
		if err != nil {
			return nil, err
		}
		out = append(out, event(data)...)
	}
	return out, nil
}

func done(values ...any) ([]byte, error) {
	out, err := events(values...)
	if err != nil {
		return nil, err
	}
	return append(out, event([]byte("[DONE]"))...), nil
}
