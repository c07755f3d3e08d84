// Package openai translates OpenAI's HTTP bodies to the internal request and the internal answer back: values to bytes
// and bytes to values, without HTTP.
//
// Flow: Parse(endpoint, body) gives an engine.Request; NewWriter gives a Writer whose Chunk and End return the bytes to
// send, for a whole JSON answer or for server-sent events; Embedding, Models and Error write the rest.
// Fields that would change the answer and cannot be honoured are refused; fields that would not are ignored.
// The HTTP half is inference/gateway; the other dialect is inference/ollama.
package openai

// The endpoints with a request body.
const (
	ChatCompletions = "/v1/chat/completions"
	Completions     = "/v1/completions"
	Embeddings      = "/v1/embeddings"
)
