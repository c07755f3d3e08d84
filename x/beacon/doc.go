// Package beacon is the ledger's randomness: rounds that open when a module asks for one, to which every seat of the council
// contributes the output of its verifiable random function in its vote for a block, and whose output is the hash of them all.
//
// This package holds the types and the pure rules: what is proved and drawn (round.go), what a seat that withholds pays
// (seat.go), and the two encodings on the way from a vote into a block (wire.go). keeper holds the rounds, module wires it
// into a ledger, and package chain carries proofs from votes into blocks. A module that draws names what it needs of the
// keeper in its own keeper/expected.go: Request and At.
package beacon
