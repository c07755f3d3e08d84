// Package holding keeps what this machine has pledged on the ledger (x/artifact): it pins the blobs, and answers every challenge for
// one of their leaves from its own disk.
//
// The central type is [Holder].
//
//	Leaves: blob -> hashed by leaves of 16 KiB, and as a whole against its digest -> hashes beside the blob, root for the pledge
//	Run: at each block, challenges of this holder -> leaf and path -> MsgAnswer; now and then all pledged blobs are hashed again
//
// It makes no pledge and breaks none: that is the owner's to decide, by the command line.
package holding
