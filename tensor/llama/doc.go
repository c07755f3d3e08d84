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
// Supported: the architectures "llama" (also SmolLM and the first Mistral models), "mistral3",
// "smollm3", "qwen2" and "qwen3": grouped-query attention with heads of any size, norms of heads,
// biases, interleaved and half-split RoPE with frequency factors, linear scaling or YaRN, sliding
// windows, tied or separate output. A LoRA [Adapter] may be joined. Experts and windows in some
// layers only are refused by name. How many generations run at once is the caller's
// choice; the threads of all of them together are bounded by Config.Threads and callers.
package llama
