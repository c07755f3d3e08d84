package compute

import "cosmossdk.io/errors"

// Reasons for which the ledger refuses, with codes that are never renumbered.
var (
	ErrInvalid      = errors.Register(ModuleName, 2, "invalid")
	ErrUnauthorised = errors.Register(ModuleName, 3, "sender may not do this")
	ErrNotFound     = errors.Register(ModuleName, 4, "not found")
	ErrExists       = errors.Register(ModuleName, 5, "exists already")
	ErrState        = errors.Register(ModuleName, 6, "not in the state for this")
	ErrBound        = errors.Register(ModuleName, 7, "more than the market allows")
	ErrDeposit      = errors.Register(ModuleName, 8, "the deposit is too small")
	ErrCollateral   = errors.Register(ModuleName, 9, "collateral is held by leases")
	ErrNotice       = errors.Register(ModuleName, 10, "the notice that the order demands is not over")
	ErrProvider     = errors.Register(ModuleName, 11, "no provider that serves")
	ErrFit          = errors.Register(ModuleName, 12, "the order does not fit the machine")
	ErrInvariant    = errors.Register(ModuleName, 13, "state contradicts itself")
)
