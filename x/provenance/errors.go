package provenance

import "cosmossdk.io/errors"

// Reasons for which the ledger refuses, with codes that are never renumbered.
var (
	ErrInvalid      = errors.Register(ModuleName, 2, "invalid")
	ErrUnauthorised = errors.Register(ModuleName, 3, "sender may not do this")
	ErrNotFound     = errors.Register(ModuleName, 4, "not found")
	ErrExists       = errors.Register(ModuleName, 5, "exists already")
	ErrManifest     = errors.Register(ModuleName, 6, "manifest is not valid")
	ErrTerms        = errors.Register(ModuleName, 7, "terms do not allow this")
	ErrBanned       = errors.Register(ModuleName, 8, "asset is banned")
	ErrParent       = errors.Register(ModuleName, 9, "parent is not registered")
	ErrOrder        = errors.Register(ModuleName, 10, "order is not of this asset")
	ErrAlike        = errors.Register(ModuleName, 11, "sketches do not agree")
	ErrSuspicion    = errors.Register(ModuleName, 12, "no such suspicion")
	ErrKey          = errors.Register(ModuleName, 13, "key is not valid")
	ErrBound        = errors.Register(ModuleName, 14, "too many")
	ErrPool         = errors.Register(ModuleName, 15, "pool does not take this")
	ErrGrant        = errors.Register(ModuleName, 16, "grant does not stand")
	ErrNotYet       = errors.Register(ModuleName, 17, "not yet")
	ErrInvariant    = errors.Register(ModuleName, 18, "state contradicts itself")
)
