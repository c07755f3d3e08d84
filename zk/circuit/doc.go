// Package circuit says what a proof is about: an integer network or forest, as steps over tensors.
//
//	Circuit.Validate    every rule of docs/spec/proof-1.md, section 3; Encode, Decode and Digest know one form only
//	Circuit.Plan        where each tensor lies in the two stacks, which tables are looked up, where each lookup's leaves lie
//	Plan.Evaluate       runs the circuit on integers: the answer, and the witness that a proof commits to
//
// A Plan is a pure function of the circuit and never looks at weights: prover and verifier share it. Quantisation, which makes
// circuits of float models, lives in zk/quant; what the steps prove lives in zk/prover and zk/verifier.
package circuit
