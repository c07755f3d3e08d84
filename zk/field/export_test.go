package field

import "testing"

// Families are the names of the families of loops that this processor has.
func Families() (names []string) {
	for _, k := range families() {
		names = append(names, k.name)
	}
	return names
}

// Use makes a family the one in use until the test ends.
func Use(tb testing.TB, name string) {
	tb.Helper()
	before := active()
	tb.Cleanup(func() { chosen.Store(before) })
	chosen.Store(choose(name, families()))
	if active().name != name {
		tb.Fatalf("the family in use is %s, not %s", active().name, name)
	}
}
