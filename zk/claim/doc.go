// Package claim writes the steps of a circuit as weighted sums of tensors (docs/spec/proof-1.md, sections 4 to 6): what the
// prover sends and what it has to add up to. Prover and verifier take them from here, so that both name the same sums in the
// same order; what the specification says without code, zk/verifier/naive writes down a second time.
//
//	Linear, Forest    the values of a step and the line that they have to fulfil
//	Products          the dense and conv terms: A_j on the weight, B_j on what is read
//	Pool, Leaves      the values in which a zero check and the tree of fractions end
package claim
