// Package agent holds what the ledger enforces of agents: a charter with caps, a treasury that nobody has a key for, and a chain of
// wake-ups each of which happens once, whoever hosts it.
//
//	Create -> Wake|Fund|schedule -> queue -> Open (beacon) -> Draw a host -> Take -> Reserve ... -> Act -> log
//
// Charter.Tighter and Rules.Admits are the policy, pure functions. This package holds the types and the pure rules; keeper holds the
// state, module wires both into a ledger. What one machine does (think, call tools, pay) is package agent/host.
package agent
