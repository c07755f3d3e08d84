package fee

import "cosmossdk.io/errors"

// Reasons for which the ledger refuses, with codes that are never renumbered.
var (
	ErrInvalid      = errors.Register(ModuleName, 2, "invalid")
	ErrUnauthorised = errors.Register(ModuleName, 3, "sender may not do this")
	ErrQuota        = errors.Register(ModuleName, 4, "no fee is offered and no quota covers the gas")
	ErrInvariant    = errors.Register(ModuleName, 5, "state contradicts itself")
)
