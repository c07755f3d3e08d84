// Package hash makes the leaves and the nodes of hash trees: SHA-256 (FIPS 180-4) of many messages of the same length.
//
//	Columns   leaves, of a matrix that lies row after row, without turning it around
//	Nodes     the next level of a tree
//	Nonce     the search for a hash that begins with zeros
//
// Where the processor has AVX-512, sixteen messages are hashed at once, which takes a third of the time that its instructions
// for SHA-256 take; elsewhere, and where AYNI_KERNEL is portable, it is the standard library. Both give the same hashes.
package hash
