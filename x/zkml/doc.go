// Package zkml keeps models whose weights are committed to, and what the ledger has verified of their answers: whoever proves
// that a model gave an output for an input, has the ledger check the proof, and other modules read values that were verified and
// nothing else.
//
// This package holds the types and the pure rules; keeper holds the state, module wires both into a ledger. Proofs are made and
// checked by package zk; neither weights nor proofs are kept here.
package zkml
