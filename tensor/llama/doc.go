// Package llama runs models of the Llama family from GGUF files, bit for bit the same on
// every machine.
//
// The central type is [Model]; it is read-only, and any number of sequences may run on it at
// once, each with its own [State].
//
//	Load:     metadata -> shapes checked and memory counted -> weights packed
//	State:    Prefill (chunks) and Decode (one token) give equal bits
//	Generate: sampling, stop strings, streaming, log-probabilities
//	Score:    log-probabilities of a given text in one pass
//	Embed:    mean of the final hidden states, length 1
//
// Supported: the architecture "llama" with grouped-query attention, interleaved RoPE with
// frequency factors or linear scaling, SwiGLU, tied or separate output. Biases, experts and
// sliding windows are refused by name. How many generations run at once is the caller's
// choice; the threads of all of them together are bounded by Config.Threads and callers.
package llama
