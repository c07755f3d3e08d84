package schedule

import (
	"time"

	"ayni.example/x/internal/bound"
)

// farthest bounds heights and times, so that sums of them never overflow.
const farthest = 1 << 40

// Plan says when an item is due: once Height and Time (unix seconds) are both reached, where zero is no condition, and then
// again every so many blocks and seconds. With neither condition it is due in the next block.
type Plan struct {
	Height, Time              int64
	EveryBlocks, EverySeconds uint32
}

// After is a plan for a deadline some blocks and some time after now; both must pass, since a machine that slept has passed
// the time and not the blocks.
func After(height int64, now time.Time, blocks, seconds uint32) Plan {
	return Plan{Height: height + int64(blocks), Time: now.Unix() + int64(seconds)}
}

// NewItem is an item as it is scheduled at height and now. It is never due in the block that schedules it, so that work which
// schedules more work cannot keep a block from ending.
func NewItem(kind string, name []byte, plan Plan, height, now int64) (Item, error) {
	i := Item{
		Kind: kind, Name: name, Height: plan.Height, Time: plan.Time,
		EveryBlocks: plan.EveryBlocks, EverySeconds: plan.EverySeconds,
	}
	if err := i.Validate(); err != nil {
		return i, err
	}
	i.Height = max(i.Height, height+1)
	if i.EverySeconds > 0 && i.Time == 0 {
		i.Time = now
	}
	return i, nil
}

// Recurs tells whether the item comes again.
func (i Item) Recurs() bool { return i.EveryBlocks > 0 || i.EverySeconds > 0 }

// Next is a recurring item's occurrence after the one that is due, and how many in between have passed already. It keeps its
// phase and makes nothing up: a ledger that slept a day runs one epoch, and tells how many it missed.
func (i Item) Next(height, now int64) (Item, int64) {
	blocks, seconds := passed(i.Height, i.EveryBlocks, height), passed(i.Time, i.EverySeconds, now)
	next := i
	next.Ripe, next.Failures = false, 0
	next.Height = max(i.Height+int64(i.EveryBlocks)*(blocks+1), height+1)
	next.Time = i.Time + int64(i.EverySeconds)*(seconds+1)
	switch {
	case i.EveryBlocks == 0:
		return next, seconds
	case i.EverySeconds == 0:
		return next, blocks
	}
	return next, min(blocks, seconds)
}

// passed is how many whole periods lie between at and now.
func passed(at int64, every uint32, now int64) int64 {
	if every == 0 || now < at {
		return 0
	}
	return (now - at) / int64(every)
}

// Retry is an item that has failed once more, for another attempt; each pause is twice the one before.
func (i Item) Retry(height, now int64, pause uint32) Item {
	i.Failures++
	i.Ripe = false
	i.Height = height + 1
	i.Time = now + int64(pause)<<(min(i.Failures, attemptsMax)-1)
	return i
}

// Validate checks the item without any state.
func (i Item) Validate() error {
	if err := bound.Word("kind", i.Kind, kindChars, kindMax); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	switch {
	case len(i.Name) == 0 || len(i.Name) > nameMax:
		return ErrInvalid.Wrapf("name of %d bytes is not 1 to %d", len(i.Name), nameMax)
	case i.Height < 0 || i.Height > farthest:
		return ErrInvalid.Wrapf("height %d is not 0 to %d", i.Height, int64(farthest))
	case i.Time < 0 || i.Time > farthest:
		return ErrInvalid.Wrapf("time %d is not 0 to %d", i.Time, int64(farthest))
	}
	return nil
}
