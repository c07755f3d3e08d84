package gateway

import "cosmossdk.io/math"

// LocalChoice says whether a request may, should or must stay on this machine.
type LocalChoice string

// The choices; the first is the default: this machine first, then the network.
const (
	LocalPrefer LocalChoice = "prefer"
	LocalNever  LocalChoice = "never"
	LocalOnly   LocalChoice = "only"
)

// Preference is what a request asks of its route, from the body's `provider` object or headers; the zero value asks nothing.
// Providers are named by address or moniker.
type Preference struct {
	Local         LocalChoice
	Order         []string // these first, in this order
	Only          []string // no others
	Ignore        []string // never these
	NoFallbacks   bool     // the first candidate or none
	SortByPrice   bool     // cheapest first, this machine not preferred over a cheaper one
	MaxInput      math.Int // acredit per token, nil for any
	MaxOutput     math.Int
	Quantisations []string // only these, empty for any
}
