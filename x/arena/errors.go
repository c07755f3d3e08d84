package arena

import "cosmossdk.io/errors"

// Reasons for which the ledger refuses, with codes that are never renumbered.
var (
	ErrInvalid      = errors.Register(ModuleName, 2, "invalid")
	ErrUnauthorised = errors.Register(ModuleName, 3, "sender may not do this")
	ErrNotFound     = errors.Register(ModuleName, 4, "not found")
	ErrExists       = errors.Register(ModuleName, 5, "exists already")
	ErrRules        = errors.Register(ModuleName, 6, "not rules of an arena")
	ErrFull         = errors.Register(ModuleName, 7, "no room")
	ErrBond         = errors.Register(ModuleName, 8, "bond is too small")
	ErrPrice        = errors.Register(ModuleName, 9, "price is higher")
	ErrPhase        = errors.Register(ModuleName, 10, "not in this phase")
	ErrReveal       = errors.Register(ModuleName, 11, "not what was committed to")
	ErrInvariant    = errors.Register(ModuleName, 12, "state contradicts itself")
)
