// Package referee finds out who is right about a training: a module claims for a defender that some steps of a job lead from one
// state root to another, an auditor drawn by the beacon may train them again, and anyone may challenge the claim with a bond. A
// dispute narrows the claim down to one chunk of one tile, which the ledger computes itself, by integers alone.
//
//	Entry -> Claim -> (Audit: agrees | challenges) -> Accepted
//	Challenge -> Dispute: Show, Point, ... Prove -> Refuted | dismissed
//	Ask -> Answer, or Refuted
//
// docs/spec/dispute-1.md is the game, docs/adr/0023-disputes.md says why. This package holds the types and the pure rules; keeper
// holds the state, module wires both into a ledger. What a verdict costs is for the module that entered the claim (Handler); whoever
// plays is package referee at the root.
package referee
