package prediction

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
	"ayni.example/internal/canon"
)

const (
	// MaxInput bounds the numbers of one input.
	MaxInput = 1 << 18
	// MaxBinding bounds what a proof can be bound to, in bytes.
	MaxBinding = 256
)

// Question is what the engine reads: integers, in the circuit's order, and the bytes that the proof is bound to.
type Question struct {
	Input   []int32 `json:"input"`
	Binding string  `json:"binding"` // hex
}

// Answer is what the engine writes.
type Answer struct {
	Output []int32 `json:"output"`
	Proof  []byte  `json:"proof"` // base64
}

// Text is the answer as engines write it and receipts bind it: canonical JSON.
func (a Answer) Text() (string, error) {
	text, err := canon.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("write prediction: %w", err)
	}
	return string(text), nil
}

type body struct {
	Model     string          `json:"model"`
	Input     json.RawMessage `json:"input"`
	Binding   string          `json:"binding"`
	Assurance string          `json:"assurance"`
	Stream    bool            `json:"stream"`
}

// Parse reads a request body; errors are *engine.Error.
func Parse(raw []byte) (engine.Request, error) {
	var in body
	if err := jsonbody.Decode(raw, &in); err != nil {
		return engine.Request{}, err
	}
	switch {
	case in.Model == "":
		return engine.Request{}, engine.Errorf(engine.Invalid, "you must provide a model").WithParam("model")
	case in.Assurance != "" && in.Assurance != "proved":
		return engine.Request{}, engine.Errorf(engine.Unsupported, "a prediction is proved, not %q", in.Assurance).
			WithParam("assurance").WithHint("leave assurance out, or ask for proved")
	case in.Stream:
		return engine.Request{}, engine.Errorf(engine.Unsupported, "a prediction comes whole").WithParam("stream")
	}
	if binding, err := hex.DecodeString(in.Binding); err != nil || len(binding) > MaxBinding {
		return engine.Request{}, engine.Errorf(engine.Invalid, "'binding' is hex of at most %d bytes", MaxBinding).WithParam("binding")
	}
	question := Question{Binding: in.Binding}
	if err := json.Unmarshal(in.Input, &question.Input); err != nil || bytes.Contains(in.Input, []byte("null")) {
		return engine.Request{}, engine.Errorf(engine.Invalid, "'input' must be a list of integers, in the order of the model's inputs").
			WithParam("input").WithHint("`ayni zkml describe MODEL` shows their number, range and scale")
	}
	if n := len(question.Input); n == 0 || n > MaxInput {
		return engine.Request{}, engine.Errorf(engine.Invalid, "'input' has %d numbers, it may have 1 to %d", n, MaxInput).WithParam("input")
	}
	prompt, err := canon.Marshal(question)
	if err != nil {
		return engine.Request{}, engine.Errorf(engine.Internal, "write the question: %w", err)
	}
	return engine.Request{Kind: engine.Prediction, Model: in.Model, Prompt: string(prompt)}, nil
}

// ReadQuestion reads the prompt that Parse made.
func ReadQuestion(prompt string) (input []int32, binding []byte, err error) {
	var question Question
	if err := json.Unmarshal([]byte(prompt), &question); err != nil {
		return nil, nil, engine.Errorf(engine.Invalid, "the question is not one: %w", err)
	}
	if binding, err = hex.DecodeString(question.Binding); err != nil {
		return nil, nil, engine.Errorf(engine.Invalid, "the question's binding is not hex")
	}
	return question.Input, binding, nil
}

// ReadAnswer reads the text that an engine gave; only the canonical one is taken.
func ReadAnswer(text []byte) (Answer, error) {
	var answer Answer
	if err := json.Unmarshal(text, &answer); err != nil {
		return Answer{}, engine.Errorf(engine.Unavailable, "the answer is no prediction: %w", err)
	}
	if again, err := answer.Text(); err != nil || again != string(text) {
		return Answer{}, engine.Errorf(engine.Unavailable, "the answer is no prediction in its canonical form")
	}
	return answer, nil
}
