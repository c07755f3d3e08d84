// Package pool checks what people contribute to a pool of data, so that points can be given for it.
//
//	Schema:    what a contribution must look like: plain text, or JSON records of a JSON Schema -> documents, or the first faults by line
//	Index:     near-duplicates of documents that the pool has, by MinHash -> what is new
//	Reference: bits per byte that a model gains on the pool's validation text by a short training on the contribution -> points
//
// All of it is a function of the contribution, the pool's rules and what was accepted before: whoever may read the data can compute
// a verdict again, to the bit, on any machine.
package pool
