// Package remote is the gateway's backend for providers on the network: it takes a lane from credit.Payer, opens a stream to
// the provider of the route, pays slice by slice for what it has received and no further, checks the receipt against the
// content, and acknowledges it.
//
// Flow of a job: need (what it may cost) → lane → open → quote, checked against the ledger's offer → voucher → chunks, passed
// on to the client while dues are paid → end, checked → final voucher. A connection that breaks before the first chunk is tried
// again with the same request id, which the provider answers from where it was; one that breaks later is an error, since an
// answer is never silently begun again. Whatever breaks, the lane heals: the provider turns what was paid into an aborted
// receipt when the payer comes back.
//
// The provider's half is inference/serve, the frames are inference/wire.
package remote
