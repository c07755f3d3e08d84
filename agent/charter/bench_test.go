package charter_test

import (
	"testing"

	"ayni.example/agent/charter"
)

// BenchmarkDecode is a host's cost of reading a charter, with one constrained tool.
func BenchmarkDecode(b *testing.B) {
	plan, err := charter.Open("testdata/research.yaml")
	if err != nil {
		b.Fatal(err)
	}
	text, err := charter.Encode(plan.Document)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := charter.Decode(text); err != nil {
			b.Fatal(err)
		}
	}
}
