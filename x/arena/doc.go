// Package arena holds what the ledger agrees on of arenas: a task, those who compete at it, those who measure them, and the money
// that an epoch pays for what was measured.
//
//	Create -> Join, Bond -> epoch: canaries -> deal -> draw (beacon) -> commit -> reveal -> challenge -> settle -> Claim
//
// This package holds the types and pure rules; packages anchored and yuma are the two mechanisms, pure functions of integers; keeper
// holds the state, module wires it into a ledger. What one machine does (evaluate, author canaries) is package arena.
package arena
