package main

import (
	"strings"
	"testing"
)

func TestFlagsAreChecked(t *testing.T) {
	t.Setenv("LLAMACPP_LIB", "")
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "missing arguments"},
		{[]string{"logits", "m.gguf", "1,2"}, "no library folder"},
		{[]string{"bench", "m.gguf", "-lib", "x", "-p", "0"}, "at least 1"},
		{[]string{"bench", "m.gguf", "-lib", t.TempDir()}, "no shared libraries"},
	} {
		if err := run(c.args); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.args, err, c.want)
		}
	}
	o, err := parse([]string{"logits", "m.gguf", "3,4", "-lib", "x", "-kv", "f16"})
	if err != nil {
		t.Fatal(err)
	}
	if ids, err := o.ids(); err != nil || len(ids) != 2 || ids[1] != 4 || o.kv != "f16" || o.flash != "off" {
		t.Errorf("%+v, ids %v, %v", o, ids, err)
	}
	o.positional = []string{"3,x"}
	if _, err := o.ids(); err == nil {
		t.Error("a word passes as a token id")
	}
}
