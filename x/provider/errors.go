package provider

import "cosmossdk.io/errors"

// Reasons for which the ledger refuses, with codes that are never renumbered.
var (
	ErrInvalid      = errors.Register(ModuleName, 2, "invalid")
	ErrUnauthorised = errors.Register(ModuleName, 3, "sender may not do this")
	ErrNotFound     = errors.Register(ModuleName, 4, "provider not found")
	ErrExists       = errors.Register(ModuleName, 5, "provider is registered already")
	ErrStatus       = errors.Register(ModuleName, 6, "provider has another status")
	ErrBond         = errors.Register(ModuleName, 7, "bond is too small")
	ErrTaken        = errors.Register(ModuleName, 8, "key or peer id is in use")
	ErrEarly        = errors.Register(ModuleName, 9, "unbonding is not over")
	ErrInvariant    = errors.Register(ModuleName, 10, "state contradicts itself")
)
