// Package desk is the machine where a pool is kept: it takes contributions in, checks them and says on the ledger what they are worth.
//
//	shelf:  what lies on the disk: rules, what came in, what was accepted, what was found
//	Desk:   the ledger's contributions in their order -> file at hand, checked -> verdicts, many in a transaction
//	Handle: a contributor's stream: rules, the file, the verdict's reasons
//	Give, Rules, Verdict: the contributor's side
//
// A contribution is a commitment on the ledger before its file is sent, so nobody who sees a file can be first with it. The file is
// read by this machine alone; what leaves it is a training order's pack, to machines that hold that order's lease and to its auditors.
package desk
