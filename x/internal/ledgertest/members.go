package ledgertest

import (
	"bytes"
	"context"
	"slices"

	beaconkeeper "ayni.example/x/beacon/keeper"
)

// Members is a council in a list, in the place of the module's: a test sets who is in it.
type Members struct{ List []beaconkeeper.Member }

// Members returns the list.
func (m *Members) Members(context.Context) ([]beaconkeeper.Member, error) {
	return slices.Clone(m.List), nil
}

// Set enters an operator or changes whether it is active.
func (m *Members) Set(operator []byte, active bool) {
	m.Remove(operator)
	m.List = append(m.List, beaconkeeper.Member{Operator: operator, Active: active})
	slices.SortFunc(m.List, func(a, b beaconkeeper.Member) int { return bytes.Compare(a.Operator, b.Operator) })
}

// Remove takes an operator's seat.
func (m *Members) Remove(operator []byte) {
	m.List = slices.DeleteFunc(m.List, func(o beaconkeeper.Member) bool { return bytes.Equal(o.Operator, operator) })
}
