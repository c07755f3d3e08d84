// Package starter holds the model that every machine has from the start: a small completion
// model of Go code. README.md says what it is, what it is not and how it was made.
package starter

import _ "embed" // for the weights

// Name is what clients ask for.
const Name = "ayni/starter"

// Digest is the SHA-256 of the model file.
const Digest = "sha256:ba522e77c15990bd4e293211e1d6702ca94feb97f8e455243d012ec8313ee33c"

//go:embed starter.gguf
var weights []byte

// GGUF is the model file, Q8_0. The caller must not change it.
func GGUF() []byte { return weights }
