// Package soundness says how unlikely it is that a false statement passes: the union bound over every challenge of proof
// profile 1 (docs/spec/proof-1.md, section 10), and the parameters of a commitment that reach a demanded bound.
//
//	Term      a step outside the commitment: so many bad values among the |E| of a challenge; a circuit lists them
//	Bound     all steps of a proof, line by line, and their sum
//	Search    parameters for given sizes: the fastest of a given length, or the shortest of a given time
//
// All numbers are integers: a verifier inside a ledger refuses parameters by Bound, and must do so everywhere. Queries count by
// unique decoding, where each catches a false matrix with probability (1-rate)/2; nothing here is conjectured.
//
// What can be had: |E| = 2^123.98, and a large proof draws some 2^20 bad values of a challenge, so that about 2^-100 is the
// end whatever the queries are. Trees of hashes of 24 bytes collide after 2^96 of them, so that no table has more bits. 96 bits are the default. 128 bits need challenges from a larger field, such as the extension
// E[w]/(w^2 - v) of degree eight, which this profile does not have: Search says so instead of pretending.
package soundness
