package field_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// report tells the processor's nanoseconds for each of the given number of units, the median of the runs: time in which
// other work had the processor does not count.
func report(b *testing.B, units int, unit string, run func()) {
	b.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var runs []time.Duration
	for b.Loop() {
		before := used(b)
		run()
		runs = append(runs, used(b)-before)
	}
	slices.Sort(runs)
	b.ReportMetric(float64(runs[len(runs)/2])/float64(units), "ns/"+unit)
}

func used(b *testing.B) time.Duration {
	b.Helper()
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now); err != nil {
		b.Fatal(err)
	}
	return time.Duration(now.Nano())
}
