package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// TestFailuresAreCountedOnce: a test counts without its parts, and its package only where no test of it is named.
func TestFailuresAreCountedOnce(t *testing.T) {
	var out strings.Builder
	r := &report{out: &out, output: map[string][]string{}}
	err := r.read(strings.NewReader(`
{"Action":"fail","Package":"a","Test":"TestX/part"}
{"Action":"fail","Package":"a","Test":"TestX"}
{"Action":"fail","Package":"a"}
{"Action":"pass","Package":"b","Test":"TestY"}
{"Action":"fail","Package":"c"}
`))
	if want := []string{"a TestX", "c "}; err != nil || !slices.Equal(r.failed, want) || r.passed != 1 {
		t.Errorf("%q failed, %d passed (%v), want %q", r.failed, r.passed, err, want)
	}
}

// TestSlowest: parts of tests and quick tests are not named, and the slowest is first.
func TestSlowest(t *testing.T) {
	r := &report{out: io.Discard, output: map[string][]string{}}
	for i := range 2 * slowMax {
		r.event(event{Action: "pass", Package: "p", Test: fmt.Sprintf("T%d", i), Elapsed: float64(i)})
		r.event(event{Action: "pass", Package: "p", Test: fmt.Sprintf("T%d/part", i), Elapsed: 100})
	}
	got := r.slowest()
	if len(got) != slowMax || !strings.HasSuffix(got[0], " 19.0s p T19") || !strings.HasSuffix(got[slowMax-1], " 10.0s p T10") {
		t.Errorf("%q", got)
	}
	r.times = r.times[2*slowMax-1:] // T0
	if got := r.slowest(); len(got) != 0 {
		t.Errorf("%q took no time", got)
	}
}

// TestNotAgain: what may not be run alone stays failed.
func TestNotAgain(t *testing.T) {
	many := []string{"a T1", "a T2", "a T3", "a T4", "a T5"}
	for name, r := range map[string]*report{
		"a package": {failed: []string{"a "}},
		"a panic":   {failed: []string{"a TestX"}, output: map[string][]string{"a TestX": {"panic: test timed out\n"}}},
		"many":      {failed: many},
	} {
		before := slices.Clone(r.failed)
		if r.again(); !slices.Equal(r.failed, before) {
			t.Errorf("%s: %q are left of %q", name, r.failed, before)
		}
	}
}
