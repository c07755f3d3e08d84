// Package host runs agents for their owners: it takes the wake-ups that the ledger gives to this machine, and does each exactly once.
//
// The central type is [Host].
//
//	Run:   leases of the ledger -> a wake-up each; memory of agents that may come here is fetched before they do
//	wake:  take the lease -> charter, memory and message, opened -> think, call a tool, think … -> decision, memory -> act
//	tools: mcp (pinned), http (a list of origins), wasm (an artifact), ledger; a price on one is reserved on the ledger before it is paid
//	Replay: a decision -> the same prompts to the same model with the same seeds, compared
//
// What a wake-up has done lies in a journal, step by step, so that a host that was killed goes on and does nothing twice. Another host
// finds what was reserved on the ledger and pays with the same ids. The limits are the ledger's (x/agent); nothing here is trusted with
// them: a host is a stranger's machine, and whoever may host may read.
package host
