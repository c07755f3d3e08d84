package field_test

import (
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// report tells the processor's nanoseconds for each of the given number of units, the least of some runs: other work on the
// machine does not count.
func report(b *testing.B, units int, unit string, run func()) {
	b.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	least := time.Duration(1 << 62)
	for b.Loop() {
		before := used(b)
		run()
		least = min(least, used(b)-before)
	}
	b.ReportMetric(float64(least)/float64(units), "ns/"+unit)
}

func used(b *testing.B) time.Duration {
	b.Helper()
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now); err != nil {
		b.Fatal(err)
	}
	return time.Duration(now.Nano())
}
