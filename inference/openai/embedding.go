package openai

import (
	"encoding/base64"
	"encoding/binary"
	"math"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

type embeddingObject struct {
	Object    string `json:"object"`
	Index     int    `json:"index"`
	Embedding any    `json:"embedding"` // []float32, or base64 text
}

// Embedding writes the answer of /v1/embeddings.
func Embedding(req engine.Request, reply engine.Reply, answer engine.Embedding, cost string) ([]byte, error) {
	out := struct {
		Object string            `json:"object"`
		Data   []embeddingObject `json:"data"`
		Model  string            `json:"model"`
		Usage  struct {
			PromptTokens int    `json:"prompt_tokens"`
			TotalTokens  int    `json:"total_tokens"`
			Cost         string `json:"cost,omitempty"`
		} `json:"usage"`
	}{Object: "list", Data: make([]embeddingObject, len(answer.Vectors)), Model: reply.Model}
	for i, vector := range answer.Vectors {
		out.Data[i] = embeddingObject{Object: "embedding", Index: i, Embedding: vector}
		if req.Form.Base64 {
			out.Data[i].Embedding = packVector(vector)
		}
	}
	out.Usage.PromptTokens, out.Usage.TotalTokens, out.Usage.Cost = answer.Usage.Prompt, answer.Usage.Prompt, cost
	return jsonbody.Encode(out)
}

func packVector(vector []float32) string {
	packed := make([]byte, 0, 4*len(vector))
	for _, value := range vector {
		packed = binary.LittleEndian.AppendUint32(packed, math.Float32bits(value))
	}
	return base64.StdEncoding.EncodeToString(packed)
}
