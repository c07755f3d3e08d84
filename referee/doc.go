// Package referee plays a machine's part in audits and disputes of trainings: it answers challenges to its own claims, trains again what
// it was drawn to audit, and points at what is false. The game and the money are x/referee's.
//
// The central type is Service. After each block it reads from the ledger in which claims its account has a role and whose turn it is, and
// does what is due; nothing that matters is in memory alone, so that it may stop and start at any time.
//
//	Defender    a turn of ours: show what the book says, or prove; a question: show the tile
//	Auditor     drawn: train the steps again; agree, challenge, or ask for a tile of a state that nobody hands over
//	Challenger  a turn of ours: point at the first part that differs from the book
//
// A book is the states and traces of a claim's steps, computed from its job's plan and the state before (Compute). Where those come
// from is Work's to know.
package referee
