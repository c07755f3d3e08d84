package main

import (
	"slices"
	"testing"
)

func TestStatements(t *testing.T) {
	const text = "package p\n\nfunc f(x int) {\n\tif x > 0 {\n\t\tg()\n\t}\n\tswitch x {\n\tcase 1:\n\t\th(); k()\n\t}\n}\n"
	offsets, err := statements(source{path: "p.go", text: text})
	if err != nil {
		t.Fatal(err)
	}
	have := make([]string, 0, len(offsets))
	for _, o := range offsets {
		have = append(have, text[o:o+3])
	}
	// k() is not first on its line; a case is not a statement to complete.
	slices.Sort(have)
	if want := []string{"g()", "h()", "if ", "swi"}; !slices.Equal(have, want) {
		t.Errorf("statements start with %q, want %q", have, want)
	}
	if _, err := statements(source{path: "bad.go", text: "package"}); err == nil {
		t.Error("a file that does not parse was accepted")
	}
}
