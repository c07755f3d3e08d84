package credit

import "cosmossdk.io/errors"

// Reasons for which the ledger refuses, with codes that are never renumbered.
var (
	ErrInvalid      = errors.Register(ModuleName, 2, "invalid")
	ErrUnauthorised = errors.Register(ModuleName, 3, "sender may not do this")
	ErrNotFound     = errors.Register(ModuleName, 4, "not found")
	ErrState        = errors.Register(ModuleName, 5, "channel is in another state")
	ErrEarly        = errors.Register(ModuleName, 6, "challenge period is not over")
	ErrQuota        = errors.Register(ModuleName, 7, "quota of the period is spent")
	ErrSignature    = errors.Register(ModuleName, 8, "voucher is not signed by the channel's key on this ledger")
	ErrDeposit      = errors.Register(ModuleName, 9, "vouchers exceed the deposit")
	ErrLane         = errors.Register(ModuleName, 10, "lane is out of range")
	ErrRecipient    = errors.Register(ModuleName, 11, "address may not receive credits")
	ErrInvariant    = errors.Register(ModuleName, 12, "state contradicts itself")
	ErrAuthorizer   = errors.Register(ModuleName, 13, "authorisation is not signed by its payer for this ledger")
	ErrWindow       = errors.Register(ModuleName, 14, "authorisation does not hold at this time")
	ErrBurnt        = errors.Register(ModuleName, 15, "nonce is used already")
	ErrExceeds      = errors.Register(ModuleName, 16, "amount exceeds what is held")
	ErrRelease      = errors.Register(ModuleName, 17, "ledger does not take authorisations before release 6")
)
