// Package hostile is tests alone: proofs and statements that are wrong, for both verifiers of zk at once.
//
//	corrupted_test.go     random corruptions; each element of a proof changed, and written in a second way
//	statement_test.go     a proof under another statement: model, use, scale, shape, parameters
//	edges_test.go         the smallest circuits, and the largest
//	real_test.go          answers of the real models
//	second_test.go        profile 2: nonces of each kind of draw, and proofs of one profile under the other
//	golden_test.go        the bytes of proofs
//	fuzz_test.go          proofs and parameters that nobody thought of
//
// Each is refused by both verifiers, without a panic, and without more memory than the proof itself takes.
package hostile
