package agent

import "cosmossdk.io/errors"

// Reasons for which the ledger refuses, with codes that are never renumbered.
var (
	ErrInvalid      = errors.Register(ModuleName, 2, "invalid")
	ErrUnauthorised = errors.Register(ModuleName, 3, "sender may not do this")
	ErrNotFound     = errors.Register(ModuleName, 4, "not found")
	ErrExists       = errors.Register(ModuleName, 5, "exists already")
	ErrCharter      = errors.Register(ModuleName, 6, "not a charter")
	ErrState        = errors.Register(ModuleName, 7, "agent does not run")
	ErrFull         = errors.Register(ModuleName, 8, "no room")
	ErrOver         = errors.Register(ModuleName, 9, "wake-up is over")
	ErrFenced       = errors.Register(ModuleName, 10, "lease is not this one")
	ErrSignature    = errors.Register(ModuleName, 11, "not signed by the lease's session key")
	ErrPrice        = errors.Register(ModuleName, 12, "not paid for")
	ErrSpend        = errors.Register(ModuleName, 13, "not what was reserved")
	ErrInvariant    = errors.Register(ModuleName, 14, "state contradicts itself")
)
