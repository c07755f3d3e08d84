// Package dialect knows which dialect an endpoint speaks, so that others need not: it dispatches Parse, the writers and
// errors to inference/openai, inference/ollama and inference/prediction, and finds the answer's text in a saved response.
//
// Flow: Parse(endpoint, body) -> engine.Request -> NewWriter(endpoint, req, reply) -> Chunk... End; for embeddings
// Embedding instead of a Writer. Text(endpoint, response) is what a receipt's answer digest is made over.
package dialect
