package artifact

import "cosmossdk.io/errors"

// Reasons for which the ledger refuses, with codes that are never renumbered.
var (
	ErrInvalid      = errors.Register(ModuleName, 2, "invalid")
	ErrUnauthorised = errors.Register(ModuleName, 3, "sender may not do this")
	ErrNotFound     = errors.Register(ModuleName, 4, "not found")
	ErrExists       = errors.Register(ModuleName, 5, "exists already")
	ErrBond         = errors.Register(ModuleName, 6, "bond is too small")
	ErrTerm         = errors.Register(ModuleName, 7, "pledge is bound to another time")
	ErrBusy         = errors.Register(ModuleName, 8, "challenges wait for an answer")
	ErrProof        = errors.Register(ModuleName, 9, "leaf does not lead to the root")
	ErrInvariant    = errors.Register(ModuleName, 10, "state contradicts itself")
)
