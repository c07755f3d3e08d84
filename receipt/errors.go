package receipt

import "errors"

// The closed list of reasons for which a receipt, voucher, proof or bundle is refused.
var (
	ErrMalformed = errors.New("malformed")                                       // not the canonical form
	ErrSignature = errors.New("signature does not match")                        // it covers every field: one was changed
	ErrRequest   = errors.New("request differs from the receipt")                // not the bytes that were asked
	ErrAnswer    = errors.New("answer differs from the receipt")                 // not the bytes that were answered
	ErrSalt      = errors.New("salt differs from the receipt")                   // the opening is not this receipt's
	ErrChain     = errors.New("receipt chain is broken")                         // a receipt does not lead to the claimed head
	ErrAmount    = errors.New("amount does not follow from usage and price")     // total differs
	ErrNetwork   = errors.New("belongs to another network")                      // chain id differs from what is trusted
	ErrUntrusted = errors.New("light blocks do not lead from what is trusted")   // no chain from genesis or checkpoint
	ErrProof     = errors.New("state proof does not match")                      // not in the state at that height
	ErrProvider  = errors.New("provider, key, price or model differs on ledger") // the proven entry disagrees
)
