package zkml

import "cosmossdk.io/errors"

// Reasons for which the ledger refuses, with codes that are never renumbered.
var (
	ErrInvalid      = errors.Register(ModuleName, 2, "invalid")
	ErrUnauthorised = errors.Register(ModuleName, 3, "sender may not do this")
	ErrNotFound     = errors.Register(ModuleName, 4, "not found")
	ErrExists       = errors.Register(ModuleName, 5, "exists already")
	ErrCircuit      = errors.Register(ModuleName, 6, "circuit is not valid")
	ErrCost         = errors.Register(ModuleName, 7, "proofs would cost too much")
	ErrRetired      = errors.Register(ModuleName, 8, "model is retired")
	ErrReplay       = errors.Register(ModuleName, 9, "nonce was used")
	ErrProof        = errors.Register(ModuleName, 10, "proof does not hold")
	ErrFull         = errors.Register(ModuleName, 11, "too many verified values")
	ErrStale        = errors.Register(ModuleName, 12, "verified value is too old")
	ErrInput        = errors.Register(ModuleName, 13, "verified value is of another input")
	ErrInvariant    = errors.Register(ModuleName, 14, "state contradicts itself")
)
