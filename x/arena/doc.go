// Package arena holds what the ledger agrees on of arenas: a task, those who compete at it, those who measure them, and the money
// that is set aside for what is measured.
//
//	Create -> Join, Bond -> epochs: Seal, Deal, Commit, Reveal, Unseal, Challenge, Vote -> Claim -> Leave, Close
//
// This package holds the types and pure rules; anchored and yuma are the mechanisms' arithmetic, keeper holds the state and plays
// the epochs, module wires it into a ledger.
package arena
