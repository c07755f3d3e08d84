package main

import "testing"

// TestMeasure measures the smallest model, which is proved and verified by it.
func TestMeasure(t *testing.T) {
	list, err := (&options{rounds: 1, only: []string{"64x64"}}).measure()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 {
		t.Fatalf("%d models, want 1", len(list))
	}
	if r := list[0]; r.Bits < 96 || r.Bytes < 1000 || r.Weights != 64*64+64 || r.Prove <= 0 || r.Verify <= 0 {
		t.Errorf("%+v", r)
	}
	if _, err := (&options{}).run(); err == nil {
		t.Error("no rounds are taken")
	}
}
