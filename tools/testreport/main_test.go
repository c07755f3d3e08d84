package main

import (
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
