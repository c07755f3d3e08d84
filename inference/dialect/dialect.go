package dialect

import (
	"strings"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
	"ayni.example/inference/ollama"
	"ayni.example/inference/openai"
	"ayni.example/inference/prediction"
)

// MaxBody bounds a request body, in bytes.
const MaxBody = jsonbody.MaxBytes

// Writer turns one answer to the bytes of a response. Bytes may be empty: then there is nothing to send yet.
type Writer interface {
	ContentType() string
	Chunk(chunk engine.Chunk) ([]byte, error)
	End(end engine.End) ([]byte, error)
	// Fail tells of an error after the response has begun; before that use Error.
	Fail(err error) []byte
}

var (
	_ Writer = (*openai.Writer)(nil)
	_ Writer = (*ollama.Writer)(nil)
	_ Writer = (*prediction.Writer)(nil)
)

// Endpoints lists all that Parse takes.
func Endpoints() []string {
	return []string{
		openai.ChatCompletions, openai.Completions, openai.Embeddings,
		ollama.Chat, ollama.Generate, ollama.Embed, ollama.EmbeddingsOld, prediction.Endpoint,
	}
}

// Parse reads a request body. Errors are *engine.Error.
func Parse(endpoint string, body []byte) (engine.Request, error) {
	switch {
	case speaksOllama(endpoint):
		return ollama.Parse(endpoint, body)
	case endpoint == prediction.Endpoint:
		return prediction.Parse(body)
	default:
		return openai.Parse(endpoint, body)
	}
}

// NewWriter writes the answer to any request but an embedding's.
func NewWriter(endpoint string, req engine.Request, reply engine.Reply) Writer {
	switch {
	case speaksOllama(endpoint):
		return ollama.NewWriter(endpoint, req, reply)
	case endpoint == prediction.Endpoint:
		return prediction.NewWriter(reply)
	default:
		return openai.NewWriter(endpoint, req, reply)
	}
}

// Embedding writes the whole answer to an embedding request; it is always application/json.
func Embedding(endpoint string, req engine.Request, reply engine.Reply, answer engine.Embedding, cost string) ([]byte, error) {
	if speaksOllama(endpoint) {
		return ollama.Embedding(endpoint, reply, answer, cost)
	}
	return openai.Embedding(req, reply, answer, cost)
}

// Error gives the status and the JSON body of a failed request, in the words of the endpoint, which may be any path.
func Error(endpoint string, err error) (status int, body []byte) {
	if speaksOllama(endpoint) {
		return ollama.Error(err)
	}
	return openai.Error(err)
}

func speaksOllama(endpoint string) bool { return strings.HasPrefix(endpoint, "/api/") }
