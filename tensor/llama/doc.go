// Package llama runs models of the Llama family from GGUF files, bit for bit the same on
// every machine.
//
// The central type is [Model]; it is read-only, and any number of sequences may run on it at
// once, each with its own [State].
//
//	Load:     metadata -> shapes checked and memory counted -> weights packed
//	State:    Prefill (chunks) and Decode (one token) give equal bits
//	Generate: sampling, grammars, stop strings, streaming, log-probabilities
//	Batch:    many of these together, step by step, with kept beginnings of prompts
//	Recompute: Generate in one pass, for who holds the answer
//	Score:    log-probabilities of a given text in one pass
//	Embed:    mean of the final hidden states, length 1
//
// Supported: the architectures "llama" (also SmolLM and the first Mistral models), "mistral3",
// "smollm3", "qwen2" and "qwen3": grouped-query attention with heads of any size, norms of heads,
// biases, interleaved and half-split RoPE with frequency factors, linear scaling or YaRN, sliding
// windows, tied or separate output. A LoRA [Adapter] may be joined. Experts and windows in some
// layers only are refused by name.
//
// Inside, a pass computes rows of many sequences at once (pass.go, forward.go); their keys and
// values lie in pages (page.go), which sequences that begin alike share once they are full. A
// row never depends on its neighbours in the pass, so answers keep their bits.
package llama
