// Package clock is where time comes in, so that tests decide what time it is.
package clock

import "time"

// Clock tells the time.
type Clock func() time.Time

// Wall is a clock without Go's monotonic reading. That reading stands still while a machine sleeps, so that with it what was
// learnt before a night's sleep would pass for fresh.
func Wall(c Clock) Clock { return func() time.Time { return c().Round(0) } }
