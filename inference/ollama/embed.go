package ollama

import (
	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

// Embedding writes the answer of /api/embed or /api/embeddings.
func Embedding(endpoint string, reply engine.Reply, answer engine.Embedding, cost string) ([]byte, error) {
	if endpoint == EmbeddingsOld {
		var out struct {
			Embedding []float32 `json:"embedding"`
		}
		out.Embedding = []float32{}
		if len(answer.Vectors) > 0 {
			out.Embedding = answer.Vectors[0]
		}
		return jsonbody.Encode(out)
	}
	out := struct {
		Model           string      `json:"model"`
		Embeddings      [][]float32 `json:"embeddings"`
		TotalDuration   int64       `json:"total_duration"`
		LoadDuration    int64       `json:"load_duration"`
		PromptEvalCount int         `json:"prompt_eval_count"`
		Cost            string      `json:"cost,omitempty"`
	}{Model: reply.Model, Embeddings: answer.Vectors, PromptEvalCount: answer.Usage.Prompt, Cost: cost}
	out.TotalDuration = reply.Now().Sub(reply.Started).Nanoseconds()
	return jsonbody.Encode(out)
}
