// Package token turns text into the token ids of a model and back, from the tokenizer that
// travels in a GGUF file.
//
// The central type is [Tokenizer].
//
//	FromGGUF: metadata -> vocabulary, merges or scores, special tokens
//	Encode:   special tokens apart -> words (split.go) -> merges (merge.go) -> ids
//	Stream:   ids -> text, holding back a character until all its bytes are there
//
// Two models are known: "gpt2" (byte-level BPE, cut as gpt-2, llama-bpe, qwen2, smollm,
// starcoder, tekken and default do) and "llama" (SentencePiece with scores and byte fallback).
// Chat templates are not applied here.
package token
