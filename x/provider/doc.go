// Package provider is the register of machines that serve: the key that signs their receipts, where peers reach them, the bond
// they stand in with, and whether they may be given work.
//
// A provider registers with a bond, updates what it says of itself, may be suspended and resume, and leaves: the bond returns
// after an unbonding period. Its Status tells whether new work may be given to it.
//
// This package holds the types and the pure rules; keeper holds the state and every change to it, module wires both into a
// ledger. What a provider serves and at what price is in x/inference; the off-ledger half is package provider at the root.
package provider
