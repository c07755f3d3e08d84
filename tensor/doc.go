// Package tensor is Ayni's exact numeric engine: the same bits on every processor, at every
// thread count and for every batch size.
//
// The rules (order, rounding, elementary functions) are written down in docs/spec/numerics-1.md; a change
// of any bit is a new [Profile]. The central type is [Matrix], a weight matrix with a
// multiplication that owns one accumulator per output.
//
//	Matrix.Mul: rows of activations -> panels of outputs, spread over a Pool
//	Gemm: products of float32 matrices, for training
//	RMSNorm, Softmax, SwiGLU, Rotary: row operations with fixed lanes and a fixed tree, and their ways back
//	Attend: attention of one key-value head over pages of keys and values
//	Exp, Log, SinCos: elementary functions that do not depend on the platform
//
// Subpackages: gguf (model files), token (tokenizers), llama (models), sample (choosing
// tokens), grammar (which tokens may follow), grad (training), starter (a model), safetensors (the other model files),
// softfloat (the same numbers from integers alone), trace (a step of training in tiles, for disputes). Inner loops are in internal/kernel: portable
// Go that defines the bits, and assembly that repeats them. There is no network and no state but the choice of a family.
package tensor

// Engine is the name of this engine in receipts.
const Engine = "ayni-exact"

// Profile is the number of the numerics profile in receipts; see docs/spec/numerics-1.md.
const Profile = "1"
