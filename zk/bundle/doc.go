// Package bundle is the file of a model whose answers can be proved: circuit, weights, proof parameters, how reals become
// integers and back, and how far it is from the float model.
//
//	bundle.go   Bundle; Make compiles one, Prover commits to its weights
//	compile.go  Compile: from an ONNX file and its calibration rows
//	encode.go   the file: canonical, bounded
//	check.go    what a decoder refuses
//
// A bundle holds the weights and the seed of their commitment: it is its owner's, not to be published. What others need is the
// circuit, the root and the parameters, which each proof file (zk/answer) and the ledger carry.
package bundle
