package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ayni.example/test/cluster"
	"ayni.example/test/slowdisk"
)

const (
	// soakDefault is how long TestRandomFaults shakes when AYNI_FAULT_TIME does not say.
	soakDefault = 75 * time.Second
	// soakBound is in what time the chain must go on after a fault is healed.
	soakBound = 45 * time.Second
	// soakRate is transactions a second.
	soakRate = 3
	// soakMemory bounds a validator's process.
	soakMemory = 1 << 30
)

// seeded prints the seed that the test's randomness comes from.
func seeded(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("AYNI_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed %d", seed)
	return seed
}

// TestRandomFaults shakes four validators under load: kills, pauses, partitions, slow disks, moved clocks. There must never be
// two blocks of one height, no halt longer than the fault and the bound, and at the end one state whose invariants are true.
func TestRandomFaults(t *testing.T) {
	t.Parallel()
	length := soakDefault
	if s := os.Getenv("AYNI_FAULT_TIME"); s != "" {
		var err error
		if length, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	if why := slowdisk.Missing(); why != "" {
		t.Skip(why)
	}
	seed := seeded(t)
	faulty := os.Getenv("AYNI_FAULT_BIN") // without it no clock moves
	n := validators(t, cluster.Config{SlowDisk: true, Seed: seed, Binary: faulty})
	n.work(soakRate, seed)
	shaker := n.NewShaker(cluster.FaultConfig{
		Random: rand.New(rand.NewPCG(seed, 1)), Link: n.link, Bound: soakBound, Clocks: faulty != "", Note: note(t),
	}, n.watch)
	began := time.Now()
	faults, peak := shake(n, shaker, length)
	n.finish()
	height, _ := n.watch.Height()
	failed, last := n.load.Failed()
	t.Logf("%s, %d faults, height %d, every block of every node compared up to %d\n%d transactions in blocks, %d not (last: %v); memory at most %d MiB\n%s",
		time.Since(began).Round(time.Second), len(faults), height, n.watch.Compared(), n.load.Done(), failed, last, peak>>20, table(faults))
}

// note prints while the test runs, which a log would not.
func note(t *testing.T) func(string, ...any) {
	t.Helper()
	return func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, "%s %s\n", time.Now().UTC().Format(time.TimeOnly), fmt.Sprintf(format, args...))
	}
}

// shake makes faults for a time and returns them and the most memory of a process.
func shake(n *network, shaker *cluster.Shaker, length time.Duration) ([]cluster.Fault, int64) {
	n.t.Helper()
	var faults []cluster.Fault
	var most int64
	for end := time.Now().Add(length); time.Now().Before(end); {
		f, err := shaker.One(n.t.Context())
		if err != nil {
			n.t.Errorf("after %d faults: %v", len(faults), err)
			return faults, most
		}
		if err := n.watch.Err(); err != nil {
			return faults, most
		}
		shaker.Note("  %s: %d blocks, longest gap %s, on after %s, all back after %s", f.Kind, f.Blocks, f.Gap.Round(time.Millisecond),
			f.OnAfter.Round(time.Millisecond), f.AllBack.Round(time.Millisecond))
		faults = append(faults, f)
		if f.Stalled > 0 {
			n.t.Logf("fault %d, %s: the whole machine stood still for %s, which is not held against the network", len(faults), f.Kind, f.Stalled.Round(time.Second))
		}
		for _, one := range n.Nodes {
			if err, gone := one.Ended(); gone {
				n.t.Errorf("%s ended by itself: %v", one.Name, err)
				return faults, most
			}
			peak, _, err := one.Memory()
			if err != nil {
				n.t.Error(err)
			}
			most = max(most, peak)
		}
		if most > soakMemory {
			n.t.Errorf("a validator's process held %d MiB", most>>20)
		}
		time.Sleep(time.Second)
	}
	return faults, most
}

// table sums the faults by kind.
func table(faults []cluster.Fault) string {
	kinds := map[string][]cluster.Fault{}
	for _, f := range faults {
		kinds[f.Kind] = append(kinds[f.Kind], f)
	}
	names := make([]string, 0, len(kinds))
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	fmt.Fprintf(&b, "%-20s %6s %7s %12s %12s %12s %12s\n", "fault", "times", "blocks", "longest gap", "on after", "(median)", "all back")
	for _, name := range names {
		var blocks int64
		var gap, on, back time.Duration
		ons := make([]time.Duration, 0, len(kinds[name]))
		for _, f := range kinds[name] {
			blocks += f.Blocks
			gap, on, back = max(gap, f.Gap), max(on, f.OnAfter), max(back, f.AllBack)
			ons = append(ons, f.OnAfter)
		}
		slices.Sort(ons)
		fmt.Fprintf(&b, "%-20s %6d %7d %12s %12s %12s %12s\n", name, len(kinds[name]), blocks, gap.Round(100*time.Millisecond),
			on.Round(100*time.Millisecond), ons[len(ons)/2].Round(100*time.Millisecond), back.Round(100*time.Millisecond))
	}
	return b.String()
}
