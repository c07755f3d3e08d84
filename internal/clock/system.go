//go:build !faults

package clock

import "time"

// System is the machine's clock.
func System() time.Time { return time.Now() } //nolint:forbidigo // the one place that asks the machine
