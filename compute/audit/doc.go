// Package audit opens the books of claims about trainings that were leased: the pack of the order's recipe and the state before the
// segment come by the digests that stand on the ledger, are checked against the job and the claim, and the steps are computed again.
//
// The central type is Work, which the service referee asks both for claims of this machine and for those that it audits.
package audit
