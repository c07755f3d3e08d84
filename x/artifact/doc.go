// Package artifact holds providers to what they promise to keep: a pledge locks a bond until a time, anyone may ask its holder for
// one leaf of the artifact, and a holder that does not show it in time loses the bond.
//
// An artifact is named by the SHA-256 of its bytes. For single leaves to be checked here, a pledge also names the root of the Merkle tree over
// them (tree.go); whoever has the artifact can tell whether the root is its own.
//
// This package holds the types and the pure rules; keeper holds the state, module wires both into a ledger. The bytes themselves never
// come here: package artifact at the root keeps and exchanges them.
package artifact
