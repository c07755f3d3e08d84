package main

import "testing"

// TestMeasure proves and verifies a small product, and refuses sizes out of bounds.
func TestMeasure(t *testing.T) {
	r, err := measure(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	if r.Bytes < 100 || r.Constraints < 9 || r.Verify <= 0 {
		t.Errorf("%+v", r)
	}
	for _, bad := range [][2]int{{0, 1}, {1 << 20, 1}, {3, 0}} {
		if _, err := measure(bad[0], bad[1]); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}
