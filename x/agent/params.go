package agent

import (
	"cosmossdk.io/math"

	"ayni.example/x/credit"
)

// Bounds of what the parameters may be set to.
const (
	blocksMax    = 10_000_000
	secondsMax   = 366 * 24 * 3600
	everyLeast   = 10
	hostsBound   = 256
	backoffTwice = 8 // a back-off doubles so often
)

// DefaultParams ask a ten-thousandth of a credit for a wake-up and hold a reservation for ten minutes.
func DefaultParams() Params {
	return Params{
		WakeFee: math.NewInt(100_000_000_000_000), EveryMin: 60, HostsMax: 64, Backoff: Span{Blocks: 2, Seconds: 60},
		TimelockMax: 30 * 24 * 3600, Reserve: Span{Blocks: 10, Seconds: 600},
	}
}

// Validate checks the parameters without any state.
func (p Params) Validate() error {
	for _, s := range []struct {
		name string
		span Span
	}{{"backoff", p.Backoff}, {"reserve", p.Reserve}} {
		if s.span.Blocks == 0 || s.span.Blocks > blocksMax || s.span.Seconds > secondsMax>>backoffTwice {
			return ErrInvalid.Wrapf("%s of %d blocks and %d s is not 1 to %d blocks and at most %d s",
				s.name, s.span.Blocks, s.span.Seconds, blocksMax, secondsMax>>backoffTwice)
		}
	}
	for _, n := range []struct {
		name               string
		value, least, most uint32
	}{
		{"every_min", p.EveryMin, everyLeast, secondsMax},
		{"hosts_max", p.HostsMax, 1, hostsBound},
		{"timelock_max", p.TimelockMax, 1, secondsMax},
	} {
		if n.value < n.least || n.value > n.most {
			return ErrInvalid.Wrapf("%s of %d is not %d to %d", n.name, n.value, n.least, n.most)
		}
	}
	return credit.CheckAmount("wake_fee", p.WakeFee)
}
