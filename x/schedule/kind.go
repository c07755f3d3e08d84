package schedule

import (
	"context"

	"ayni.example/x/internal/bound"
)

// Bounds of a kind and of an item's id.
const (
	kindMax     = 32
	kindChars   = "abcdefghijklmnopqrstuvwxyz0123456789/-"
	nameMax     = 64
	attemptsMax = 10
)

// Kind is a sort of work that a module does when it is due.
type Kind struct {
	Name     string // the module's name first, as in "compute/lease"
	Gas      uint64 // the most that one item uses; whoever schedules it pays for as much
	Attempts uint32 // how often an item that runs once is tried before it is dropped
	Grace    bool   // its deadlines are for people: one that falls into a time without blocks is postponed
	Run      func(ctx context.Context, due Due) error
}

// Due is an item at its time.
type Due struct {
	Item   Item
	Missed int64 // occurrences of a recurring item that passed unseen before this one
}

// Validate checks the kind as it is registered.
func (k Kind) Validate() error {
	if err := bound.Word("kind", k.Name, kindChars, kindMax); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	switch {
	case k.Gas == 0 || k.Gas > gasBound:
		return ErrInvalid.Wrapf("kind %s: %d gas is not 1 to %d", k.Name, k.Gas, gasBound)
	case k.Attempts == 0 || k.Attempts > attemptsMax:
		return ErrInvalid.Wrapf("kind %s: %d attempts are not 1 to %d", k.Name, k.Attempts, attemptsMax)
	case k.Run == nil:
		return ErrInvalid.Wrapf("kind %s does nothing", k.Name)
	}
	return nil
}
