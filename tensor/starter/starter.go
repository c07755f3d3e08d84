// Package starter holds the model that every machine has from the start: a small completion
// model of Go code. README.md says what it is, what it is not and how it was made.
package starter

import _ "embed" // for the weights

// Name is what clients ask for.
const Name = "ayni/starter"

// Digest is the SHA-256 of the model file.
const Digest = "sha256:10e59f7fb04a2e32d8a68af99e0fca2c8f40e0fce21b82da18307ccf5d727d39"

//go:embed starter.gguf
var weights []byte

// GGUF is the model file, Q8_0. The caller must not change it.
func GGUF() []byte { return weights }
