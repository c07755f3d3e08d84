package inference

import "cosmossdk.io/errors"

// Reasons for which the ledger refuses, with codes that are never renumbered.
var (
	ErrInvalid   = errors.Register(ModuleName, 2, "invalid")
	ErrNotFound  = errors.Register(ModuleName, 3, "not found")
	ErrConflict  = errors.Register(ModuleName, 4, "model is registered with another entry")
	ErrProvider  = errors.Register(ModuleName, 5, "sender is not an active provider")
	ErrFull      = errors.Register(ModuleName, 6, "provider has all the offers it may have")
	ErrInvariant = errors.Register(ModuleName, 7, "state contradicts itself")
)
