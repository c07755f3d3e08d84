package hash_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ayni.example/zk/hash"
)

func BenchmarkColumns(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][2]int{{16, 1 << 12}, {64, 1 << 12}, {64, 1 << 14}, {256, 1 << 14}} {
		m, dst := matrix(r, s[0]*s[1]), make([]hash.Sum, s[1])
		b.Run(fmt.Sprintf("%dx%d", s[0], s[1]), func(b *testing.B) {
			report(b, 4*len(m), "byte", func() { hash.Columns(dst, 0, m, s[0]) })
		})
	}
}

func BenchmarkNodes(b *testing.B) {
	const n = 1 << 12
	dst, children := make([]hash.Sum, n), make([]hash.Sum, 2*n)
	report(b, n, "node", func() { hash.Nodes(dst, 1, children, 24) })
}

func BenchmarkNonce(b *testing.B) {
	const n = 1 << 12
	report(b, n, "nonce", func() { hash.Nonce(new(hash.Nonced), 64, 0, n) })
}

func BenchmarkStandard(b *testing.B) {
	const n = 1000
	message := make([]byte, 257)
	report(b, n*len(message), "byte", func() {
		for range n {
			sha256.Sum256(message)
		}
	})
}

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
