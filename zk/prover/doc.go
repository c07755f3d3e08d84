// Package prover makes proofs that verifier.Verify accepts (docs/spec/proof-1.md).
//
//	model.go       a circuit with its weights, committed once: New
//	weights.go     the one pass over the weights of a proof: the rows of each tensor combined
//	prove.go       the order of a proof
//	value.go       sums of tensors under functionals
//	products.go    section 5
//	zero.go        section 6: zero checks
//	leaves.go      section 6: the leaves of the tree of fractions
//	reduce.go      section 7
//	memory.go      what is kept from proof to proof
//	search.go      parameters for a circuit
//
// A proof uses one thread. Its time follows the witness and the tables that are looked up: with assembly some 20 ns a value of
// the witness, a fifth of a nanosecond a weight.
package prover
