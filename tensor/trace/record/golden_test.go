package record_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite testdata/golden.txt")

// The roots of plan, states and traces are the same on every processor and for every family of kernels.
func TestGolden(t *testing.T) {
	lines := make([]string, 0, 16)
	all := shapes()
	for _, name := range []string{"grouped", "ragged", "untied"} {
		tr := begin(t, all[name], 11)
		tr.fixTokens(t)
		state := tr.commit(t, tr.state())
		lines = append(lines, fmt.Sprintf("%s: plan %x, state %x", name, tr.plan.Root(), state.Root()))
		for step := range steps {
			rec := tr.record(t, step, state)
			state = rec.After()
			lines = append(lines, fmt.Sprintf("%s: step %d, trace %x, state %x", name, step, rec.Root(), state.Root()))
		}
	}
	tr := notFinite(t)
	rec := tr.record(t, 0, tr.commit(t, tr.state()))
	lines = append(lines, fmt.Sprintf("not finite: trace %x, state %x", rec.Root(), rec.After().Root()))
	got := strings.Join(lines, "\n") + "\n"
	const path = "testdata/golden.txt"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// fixTokens takes tokens of the test's own: math/rand promises none.
func (t *training) fixTokens(tb testing.TB) {
	tb.Helper()
	for i, windows := range t.windows {
		for j, w := range windows {
			for k := range w {
				w[k] = int32((i*31 + j*17 + k*k + k*7) % t.shape.Vocab)
			}
		}
	}
	t.plan = t.newPlan(tb)
}

// Threads change no root.
func TestThreads(t *testing.T) {
	tr := begin(t, shapes()["long"], 12)
	before := tr.commit(t, tr.state())
	roots := make([]string, 0, 4)
	for range 2 {
		for _, threads := range []int{1, 3} {
			rec := tr.recordWith(t, threads, 0, before)
			roots = append(roots, fmt.Sprintf("%x %x", rec.Root(), rec.After().Root()))
		}
	}
	if slices.ContainsFunc(roots, func(r string) bool { return r != roots[0] }) {
		t.Errorf("roots %v", roots)
	}
}
