package dialect

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"ayni.example/inference/engine"
	"ayni.example/inference/ollama"
	"ayni.example/inference/openai"
	"ayni.example/inference/prediction"
)

// ErrNoAnswer tells that bytes are not a response of the endpoint, or tell of an error.
var ErrNoAnswer = errors.New("not an answer")

// response has the fields of every dialect's answers, whole or in pieces.
type response struct {
	Error   json.RawMessage `json:"error"`
	Choices []struct {
		Text    string  `json:"text"`
		Message content `json:"message"`
		Delta   content `json:"delta"`
	} `json:"choices"`
	Response   string            `json:"response"`
	Message    content           `json:"message"`
	Data       []json.RawMessage `json:"data"`
	Embeddings [][]float32       `json:"embeddings"`
	Embedding  []float32         `json:"embedding"`
	prediction.Answer
}

type content struct {
	Content string `json:"content"`
}

// Text finds the answer's text in the bytes of a response: JSON, server-sent events or lines of JSON. For embeddings it
// is their canonical form, and for predictions that of output and proof. Thinking and tool calls are not part of it.
func Text(endpoint string, body []byte) (string, error) {
	var parts []response
	var err error
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); !speaksOllama(endpoint) && bytes.HasPrefix(trimmed, []byte("data:")) {
		parts, err = readEvents(trimmed)
	} else {
		parts, err = readValues(body)
	}
	if err != nil {
		return "", fmt.Errorf("read response of %s: %w", endpoint, err)
	}
	if len(parts) == 0 {
		return "", fmt.Errorf("read response of %s: %w: it is empty", endpoint, ErrNoAnswer)
	}
	var text strings.Builder
	for _, part := range parts {
		if len(part.Error) > 0 && !bytes.Equal(part.Error, []byte("null")) {
			return "", fmt.Errorf("read response of %s: %w: it tells of an error", endpoint, ErrNoAnswer)
		}
		piece, err := part.text(endpoint)
		if err != nil {
			return "", fmt.Errorf("read response of %s: %w", endpoint, err)
		}
		text.WriteString(piece)
	}
	return text.String(), nil
}

func (r response) text(endpoint string) (string, error) {
	switch endpoint {
	case ollama.Generate:
		return r.Response, nil
	case ollama.Chat:
		return r.Message.Content, nil
	case ollama.Embed:
		return vectorText(r.Embeddings)
	case ollama.EmbeddingsOld:
		return vectorText([][]float32{r.Embedding})
	case openai.Embeddings:
		return r.vectors()
	case prediction.Endpoint:
		return r.Text()
	case openai.Completions, openai.ChatCompletions:
		if len(r.Choices) == 0 {
			return "", nil // the event that only carries the usage
		}
		choice := r.Choices[0]
		return choice.Text + choice.Message.Content + choice.Delta.Content, nil
	default:
		return "", fmt.Errorf("%w: no such endpoint", ErrNoAnswer)
	}
}

func (r response) vectors() (string, error) {
	var out [][]float32
	for _, raw := range r.Data {
		var floats struct {
			Embedding []float32 `json:"embedding"`
		}
		if json.Unmarshal(raw, &floats) == nil {
			out = append(out, floats.Embedding)
			continue
		}
		var packed struct {
			Embedding string `json:"embedding"`
		}
		if err := json.Unmarshal(raw, &packed); err != nil {
			return "", fmt.Errorf("%w: %w", ErrNoAnswer, err)
		}
		vector, err := unpackVector(packed.Embedding)
		if err != nil {
			return "", err
		}
		out = append(out, vector)
	}
	return vectorText(out)
}

func vectorText(vectors [][]float32) (string, error) {
	text, err := engine.Embedding{Vectors: vectors}.Text()
	if err != nil { // base64 can hold what is not a number
		return "", fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	return text, nil
}

func unpackVector(packed string) ([]float32, error) {
	raw, err := base64.StdEncoding.DecodeString(packed)
	if err != nil || len(raw)%4 != 0 {
		return nil, fmt.Errorf("%w: a vector is not base64 of float32", ErrNoAnswer)
	}
	vector := make([]float32, len(raw)/4)
	for i := range vector {
		vector[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return vector, nil
}

func readEvents(body []byte) ([]response, error) {
	var parts []response
	for line := range bytes.Lines(body) {
		data, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("data:"))
		if !ok {
			continue
		}
		if data = bytes.TrimSpace(data); bytes.Equal(data, []byte("[DONE]")) {
			break
		}
		var part response
		if err := json.Unmarshal(data, &part); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoAnswer, err)
		}
		parts = append(parts, part)
	}
	return parts, nil
}

func readValues(body []byte) ([]response, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	var parts []response
	for {
		var part response
		err := decoder.Decode(&part)
		if errors.Is(err, io.EOF) {
			return parts, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoAnswer, err)
		}
		parts = append(parts, part)
	}
}
