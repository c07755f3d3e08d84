// Package answer is the file of an answer with its proof. It brings all that a verifier needs but one thing: the model's id,
// which the reader must know from elsewhere, since anyone can make up a circuit and prove its answers.
//
//	answer.go   Answer, Verify
//	encode.go   the file: canonical, bounded
package answer
