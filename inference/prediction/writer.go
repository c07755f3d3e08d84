package prediction

import (
	"strings"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
	"ayni.example/inference/openai"
)

// Writer turns one answer to bytes; there are none before its end.
type Writer struct {
	reply engine.Reply
	text  strings.Builder
}

// NewWriter writes the answer to a request that Parse gave.
func NewWriter(reply engine.Reply) *Writer { return &Writer{reply: reply} }

// ContentType is the answer's media type.
func (*Writer) ContentType() string { return "application/json" }

// Chunk takes the next piece of the answer.
func (w *Writer) Chunk(chunk engine.Chunk) ([]byte, error) {
	w.text.WriteString(chunk.Text)
	return nil, nil
}

type object struct {
	ID        string  `json:"id"`
	Object    string  `json:"object"`
	Created   int64   `json:"created"`
	Model     string  `json:"model"`
	Build     string  `json:"system_fingerprint,omitempty"`
	Output    []int32 `json:"output"`
	Assurance string  `json:"assurance"`
	Proof     []byte  `json:"proof"`
	Usage     struct {
		Predictions int    `json:"predictions"`
		Cost        string `json:"cost,omitempty"`
	} `json:"usage"`
}

// End closes the answer and gives its bytes.
func (w *Writer) End(end engine.End) ([]byte, error) {
	answer, err := ReadAnswer([]byte(w.text.String()))
	if err != nil {
		return nil, err
	}
	out := object{
		ID: "pred-" + w.reply.Receipt, Object: "prediction", Created: w.reply.Started.Unix(), Model: w.reply.Model, Build: w.reply.Build,
		Output: answer.Output, Assurance: "proved", Proof: answer.Proof,
	}
	out.Usage.Predictions, out.Usage.Cost = 1, end.Cost
	return jsonbody.Encode(out)
}

// Fail gives the body that tells of an error.
func (*Writer) Fail(err error) []byte {
	_, body := openai.Error(err)
	return body
}
