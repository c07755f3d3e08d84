// Package soundness says how unlikely it is that a false statement passes: the union bound over every challenge of a proof
// (docs/spec/proof-1.md, sections 10 and 11), and the parameters of a commitment that reach a demanded bound.
//
//	Term      a step outside the commitment: so many bad values among the |E| of a challenge; a circuit lists them
//	Bound     all steps of a proof, line by line, and their sum
//	Search    parameters for given sizes: the fastest of a given length, or the shortest of a given time
//
// All numbers are integers: a verifier inside a ledger refuses parameters by Bound, and must do so everywhere. Queries count by
// unique decoding, where each catches a false matrix with probability (1-rate)/2; nothing here is conjectured.
//
// What can be had: |E| = 2^123.98, and a large proof draws some 2^20 bad values of a challenge, so that about 2^-100 is the
// end whatever the queries are. Trees of hashes of 24 bytes collide after 2^96 of them, so that no table of profile 1 has more
// bits; 96 are the default. Profile 2 has whole hashes, and a nonce before each challenge, which divides the values that a prover
// sees by its work: up to 128 bits. The work is the honest prover's too. Search chooses it, with codes that are short enough:
//
//	draws.go     what nonces cost: a fold is drawn for each row that is halved, a key once, a round some hundred times
//	chain.go     columns, rates and levels
package soundness
