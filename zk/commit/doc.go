// Package commit binds a prover to vectors by the root of a hash tree and opens their weighted sums: interleaved
// Reed-Solomon codes (Ligero: Ames et al., ePrint 2022/1608) with a logarithmic tail (the shape of Ligerito: Novakovic and
// Angeris, ePrint 2025/1187), proved by unique decoding alone (BCIKS20, ePrint 2020/654, theorem 1.4).
//
//	Parameters    the code of each matrix, the levels of the tail, queries and grinding; Encode, Decode, Validate
//	Commitment    a matrix, encoded and hashed: New
//	Open          proves one statement about the weights' matrix and one about the witness'
//	Verify        checks both; no allocation depends on anything but parameters that were validated
//
// docs/spec/proof-1.md, section 8, defines each byte. Which parameters are sound is zk/soundness's to say.
package commit
