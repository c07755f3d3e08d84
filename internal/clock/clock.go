// Package clock is where time comes in, so that tests decide what time it is.
package clock

import "time"

// Clock tells the time.
type Clock func() time.Time

// System is the machine's clock.
func System() time.Time { return time.Now() } //nolint:forbidigo // the one place that asks the machine
