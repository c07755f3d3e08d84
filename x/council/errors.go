package council

import "cosmossdk.io/errors"

// Reasons for which the ledger refuses, with codes that are never renumbered.
var (
	ErrInvalid      = errors.Register(ModuleName, 2, "invalid")
	ErrUnauthorised = errors.Register(ModuleName, 3, "sender may not do this")
	ErrNotFound     = errors.Register(ModuleName, 4, "not found")
	ErrExists       = errors.Register(ModuleName, 5, "account has a seat already")
	ErrTaken        = errors.Register(ModuleName, 6, "consensus key is or was in use")
	ErrProof        = errors.Register(ModuleName, 7, "proof is not the new key's signature for this operator on this ledger")
	ErrStatus       = errors.Register(ModuleName, 8, "not in its present status")
	ErrLast         = errors.Register(ModuleName, 9, "the last active seat keeps the ledger alive")
	ErrFull         = errors.Register(ModuleName, 10, "too many")
	ErrEarly        = errors.Register(ModuleName, 11, "time is not over")
	ErrMessage      = errors.Register(ModuleName, 12, "message cannot be in a proposal")
	ErrPanic        = errors.Register(ModuleName, 13, "message panicked")
	ErrGas          = errors.Register(ModuleName, 14, "messages used up the gas of a proposal")
	ErrEmpty        = errors.Register(ModuleName, 15, "no fees to share")
	ErrInvariant    = errors.Register(ModuleName, 16, "state contradicts itself")
)
