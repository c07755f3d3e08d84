// Package ollama translates Ollama's native HTTP bodies to the internal request and the internal answer back: values to
// bytes and bytes to values, without HTTP.
//
// Flow: Parse(endpoint, body) gives an engine.Request; NewWriter gives a Writer whose Chunk and End return the bytes to
// send, as lines of JSON (the default) or one JSON object; Embedding, Tags, Show, Processes, Version and Error write the
// rest. Tool calls carry their arguments as an object here and as text inside, as OpenAI has them.
// The HTTP half is inference/gateway; the client of a real Ollama is inference/engine/ollama.
package ollama

// The endpoints with a request body that ask for an answer.
const (
	Generate      = "/api/generate"
	Chat          = "/api/chat"
	Embed         = "/api/embed"
	EmbeddingsOld = "/api/embeddings" // one prompt, one vector
)
