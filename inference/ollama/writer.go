package ollama

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

// Writer turns one answer to bytes: a line with every chunk, or one object at End. It holds a whole answer until then, so
// whoever feeds it bounds its length.
type Writer struct {
	endpoint string
	req      engine.Request
	reply    engine.Reply
	first    time.Time // when the first chunk came
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
		return "application/x-ndjson"
	}
	return "application/json; charset=utf-8"
}

// Chunk takes the next piece of the answer and gives the bytes to send now, if any.
func (w *Writer) Chunk(chunk engine.Chunk) ([]byte, error) {
	if w.first.IsZero() {
		w.first = w.reply.Now()
	}
	if err := w.calls.Add(chunk.ToolCalls); err != nil {
		return nil, err
	}
	if !w.req.Stream {
		w.text.WriteString(chunk.Text)
		w.thinking.WriteString(chunk.Thinking)
		w.tokens = append(w.tokens, chunk.Tokens...)
		return nil, nil
	}
	if chunk.Text == "" && chunk.Thinking == "" && (!w.req.Options.Logprobs || len(chunk.Tokens) == 0) {
		return nil, nil // held text comes later, and pieces of tool calls go out whole, at the end
	}
	return w.line(w.answer(chunk.Text, chunk.Thinking, nil, chunk.Tokens))
}

// End closes the answer and gives the last bytes.
func (w *Writer) End(end engine.End) ([]byte, error) {
	calls, err := outerCalls(w.calls.Calls())
	if err != nil {
		return nil, err
	}
	if !w.req.Stream {
		last := w.answer(w.text.String(), w.thinking.String(), calls, w.tokens)
		return jsonbody.Encode(w.close(last, end))
	}
	var before []byte
	if len(calls) > 0 {
		if before, err = w.line(w.answer("", "", calls, nil)); err != nil {
			return nil, err
		}
	}
	last, err := w.line(w.close(w.answer("", "", nil, nil), end))
	return slices.Concat(before, last), err
}

// Loaded answers a request that only asks for the model to be loaded.
func (w *Writer) Loaded() ([]byte, error) {
	last := w.answer("", "", nil, nil)
	last.Done, last.DoneReason = true, "load"
	if w.req.Stream {
		return w.line(last)
	}
	return jsonbody.Encode(last)
}

// Fail gives the bytes that tell a stream's reader of an error after the stream has begun.
func (w *Writer) Fail(err error) []byte {
	_, body := Error(err)
	return append(body, '\n')
}

// answer is a line of a stream or the whole answer.
type answer struct {
	Model      string         `json:"model"`
	CreatedAt  string         `json:"created_at"`
	Response   *string        `json:"response,omitempty"` // generate
	Thinking   string         `json:"thinking,omitempty"` // generate
	Message    *answerMessage `json:"message,omitempty"`  // chat
	Logprobs   []tokenLogprob `json:"logprobs,omitempty"`
	Done       bool           `json:"done"`
	DoneReason string         `json:"done_reason,omitempty"`
	*counts
}

type answerMessage struct {
	Role      string     `json:"role"`
	Content   string     `json:"content"`
	Thinking  string     `json:"thinking,omitempty"`
	ToolCalls []toolCall `json:"tool_calls,omitempty"`
}

// counts close an answer; durations are in nanoseconds.
type counts struct {
	TotalDuration      int64  `json:"total_duration"`
	LoadDuration       int64  `json:"load_duration"`
	PromptEvalCount    int    `json:"prompt_eval_count"`
	PromptEvalDuration int64  `json:"prompt_eval_duration"`
	EvalCount          int    `json:"eval_count"`
	EvalDuration       int64  `json:"eval_duration"`
	Cost               string `json:"cost,omitempty"` // ours: decimal credits
}

func (w *Writer) answer(text, thinking string, calls []toolCall, tokens []engine.Token) answer {
	out := answer{Model: w.reply.Model, CreatedAt: w.reply.Now().UTC().Format(time.RFC3339Nano)}
	if w.req.Options.Logprobs {
		out.Logprobs = logprobsOf(tokens)
	}
	if w.endpoint == Generate {
		out.Response, out.Thinking = &text, thinking
		return out
	}
	out.Message = &answerMessage{Role: "assistant", Content: text, Thinking: thinking, ToolCalls: calls}
	return out
}

// close adds the counts. The time to the first chunk is told as the prompt's, the rest as the answer's.
func (w *Writer) close(last answer, end engine.End) answer {
	now, first := w.reply.Now(), w.first
	if first.IsZero() {
		first = now
	}
	last.Done, last.DoneReason = true, "stop"
	if end.Result.Finish == "length" || end.Result.Finish == "cancelled" {
		last.DoneReason = "length"
	}
	last.counts = &counts{
		TotalDuration: now.Sub(w.reply.Started).Nanoseconds(), PromptEvalCount: end.Result.Usage.Prompt,
		PromptEvalDuration: first.Sub(w.reply.Started).Nanoseconds(), EvalCount: end.Result.Usage.Completion,
		EvalDuration: now.Sub(first).Nanoseconds(), Cost: end.Cost,
	}
	return last
}

func (w *Writer) line(value answer) ([]byte, error) {
	data, err := jsonbody.Encode(value)
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}

func outerCalls(calls []engine.ToolCall) ([]toolCall, error) {
	out := make([]toolCall, len(calls))
	for i, call := range calls {
		arguments := call.Function.Arguments
		if strings.TrimSpace(arguments) == "" {
			arguments = "{}"
		}
		if trimmed := strings.TrimSpace(arguments); trimmed[0] != '{' || !json.Valid([]byte(arguments)) {
			return nil, engine.Errorf(engine.Unavailable, "the model gave arguments for %q that are not a JSON object", call.Function.Name)
		}
		out[i].ID, out[i].Function.Name, out[i].Function.Arguments = call.ID, call.Function.Name, json.RawMessage(arguments)
		index := i
		out[i].Function.Index = &index
	}
	return out, nil
}
