package schedule

import "cosmossdk.io/errors"

// Reasons for which the schedule refuses or an item fails, with codes that are never renumbered.
var (
	ErrInvalid   = errors.Register(ModuleName, 2, "invalid")
	ErrNotFound  = errors.Register(ModuleName, 3, "nothing of that name is scheduled")
	ErrExists    = errors.Register(ModuleName, 4, "something of that name is scheduled already")
	ErrPanic     = errors.Register(ModuleName, 5, "item panicked")
	ErrGas       = errors.Register(ModuleName, 6, "item used up its gas")
	ErrKind      = errors.Register(ModuleName, 7, "no module registered this kind")
	ErrInvariant = errors.Register(ModuleName, 8, "state contradicts itself")
)
