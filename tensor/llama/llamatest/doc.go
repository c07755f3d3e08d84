// Package llamatest builds small GGUF models for tests: random ones of any shape, with a
// tokenizer of either kind, equal bytes on every machine for an equal [Spec].
package llamatest
