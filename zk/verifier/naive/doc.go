// Package naive is a second verifier of proofs, written from docs/spec/proof-1.md alone: slow and plain, so that reading it beside
// the specification is enough to believe it. It shares with the rest of zk the decoder of circuits and nothing else.
//
// Each file is a section. Wherever the specification says a functional, the whole vector is built and its inner product taken by
// definition; arithmetic is by remainders. Memory is that of the padded stacks.
package naive
