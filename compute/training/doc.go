// Package training does leases of training: what a provider's machine does between the match and the last segment.
//
//	pack of the order (artifact) -> unpacked -> job computed again: it must be the order's
//	state that stands (artifact) -> checked against its root -> training goes on from there
//	every segment: state -> artifact, pinned -> noted on disk -> committed on the ledger, in order
//
// A lease survives the end of the process: what was trained is in checkpoints, what was reached is noted before it is committed.
// States are kept until their order is closed, for auditors and for whoever goes on after this machine.
package training
