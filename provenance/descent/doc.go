// Package descent tells from the weights of two models whether one was made from the other.
//
// The central type is [Description]: digests of the largest tensors as they are stored, which say that a tensor was taken over
// unchanged, and a sketch, which says that it was changed little: quantised, fine-tuned, merged with an adapter.
//
//	Open:     a GGUF file, or the safetensors files of a model -> its tensors
//	Describe: the 64 largest are hashed, the 16 largest of them projected, in one pass and bounded memory
//	sketch:   two sketches -> similarity, in integers
//
// docs/spec/descent-1.md defines every bit of it. The result depends on neither machine nor number of threads.
// Whoever wants to hide a descent can: the projections are public, so a small change of the weights can turn them.
package descent
