// Package verifier checks proofs of answers (docs/spec/proof-1.md). It reads the specification from top to bottom:
//
//	statement.go    sections 2 and 3: what is claimed, and that a proof of it can exist
//	linear.go       section 5: Linear and Forest steps, the sumcheck of their products
//	zero.go         section 6: zero checks of MaxPool and Forest
//	leaves.go       section 6: the tree of fractions, and the leaves that it ends in
//	reduce.go       section 7: all that was claimed of the witness and of the weights becomes one value of each
//	verifier.go     the order of it, and section 8, which is zk/commit's
//	cost.go         what a check costs at most, before any proof is seen
//
// A proof is refused with one of the errors of errors.go. The work is bounded by Cost whatever the bytes of the proof are.
package verifier
