// Package transcript turns a proof between two machines into one that anybody checks (Fiat and Shamir, CRYPTO 1986):
// challenges are hashes of the statement and of all that was sent before them.
//
//	Transcript    the state: Absorb (docs/spec/proof-1.md, section 2)
//	Writer        the prover's: what it sends is appended to the proof and absorbed
//	Reader        the verifier's: what it takes from the proof is decoded, refused unless canonical, and absorbed
//
// A draw has a kind, and a proof a number of bits for it: the first draw after a message then begins with a nonce that costs the
// prover so many bits of hashes. Writer looks for it, Reader refuses a proof without it. In profile 1 only queries have a nonce.
//
// Writer and Reader have the same methods, so that a prover and a verifier that are written side by side cannot diverge. The
// statement is absorbed by both before the first of them. Only what is determined by an absorbed root (opened columns and
// their hashes) passes unabsorbed, by Raw.
package transcript
