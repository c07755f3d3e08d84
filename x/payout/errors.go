package payout

import "cosmossdk.io/errors"

// Reasons for which the ledger refuses, with codes that are never renumbered.
var (
	ErrInvalid      = errors.Register(ModuleName, 2, "invalid")
	ErrUnauthorised = errors.Register(ModuleName, 3, "sender may not do this")
	ErrNotFound     = errors.Register(ModuleName, 4, "not found")
	ErrExists       = errors.Register(ModuleName, 5, "exists already")
	ErrTerm         = errors.Register(ModuleName, 6, "promise is bound to another time")
	ErrNothing      = errors.Register(ModuleName, 7, "the value pays nothing")
	ErrInvariant    = errors.Register(ModuleName, 8, "state contradicts itself")
)
