package referee

import "cosmossdk.io/errors"

// Reasons for which the ledger refuses, with codes that are never renumbered.
var (
	ErrInvalid      = errors.Register(ModuleName, 2, "invalid")
	ErrUnauthorised = errors.Register(ModuleName, 3, "sender may not do this")
	ErrNotFound     = errors.Register(ModuleName, 4, "not found")
	ErrExists       = errors.Register(ModuleName, 5, "exists already")
	ErrJob          = errors.Register(ModuleName, 6, "not a job that can be disputed")
	ErrOver         = errors.Register(ModuleName, 7, "window of the claim is over")
	ErrBusy         = errors.Register(ModuleName, 8, "too many at once")
	ErrTurn         = errors.Register(ModuleName, 9, "not this turn")
	ErrStage        = errors.Register(ModuleName, 10, "not the answer that the dispute waits for")
	ErrShown        = errors.Register(ModuleName, 11, "what is shown does not fit what stands")
	ErrPart         = errors.Register(ModuleName, 12, "no such part was shown")
	ErrOpening      = errors.Register(ModuleName, 13, "opening does not lead to a root that stands")
	ErrBond         = errors.Register(ModuleName, 14, "bond is too small")
	ErrEarly        = errors.Register(ModuleName, 15, "not due, or the schedule will do it")
	ErrFull         = errors.Register(ModuleName, 16, "list of auditors is full")
	ErrInvariant    = errors.Register(ModuleName, 17, "state contradicts itself")
)
