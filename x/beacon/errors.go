package beacon

import "cosmossdk.io/errors"

// Reasons for which the beacon refuses, with codes that are never renumbered.
var (
	ErrInvalid      = errors.Register(ModuleName, 2, "invalid")
	ErrUnauthorised = errors.Register(ModuleName, 3, "sender may not do this")
	ErrNotSeat      = errors.Register(ModuleName, 4, "sender holds no active seat of the council")
	ErrTaken        = errors.Register(ModuleName, 5, "key is in use")
	ErrBarred       = errors.Register(ModuleName, 6, "seat withheld too often and may not register yet")
	ErrNotYet       = errors.Register(ModuleName, 7, "round is not closed yet")
	ErrGone         = errors.Register(ModuleName, 8, "round is no longer kept")
	ErrVoid         = errors.Register(ModuleName, 9, "round ended without a contribution; ask for another")
	ErrNotFound     = errors.Register(ModuleName, 10, "not found")
	ErrEntry        = errors.Register(ModuleName, 11, "contributions are not those of the open round")
	ErrInvariant    = errors.Register(ModuleName, 12, "state contradicts itself")
)
