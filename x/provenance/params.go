package provenance

import (
	"cosmossdk.io/math"

	"ayni.example/x/credit"
)

// Bounds of what the parameters may be set to.
const (
	blocksMax   = 10_000_000
	secondsMax  = 366 * 24 * 3600
	keysBound   = 256
	grantsBound = 1 << 16
	grantBound  = 10 * secondsMax
	// foundMax is how many suspicions of an asset stand or were confirmed.
	foundMax = 8
)

const day = 24 * 3600

// DefaultParams pay out what was earned within ten minutes.
func DefaultParams() Params {
	return Params{
		SweepBlocks: 5, SweepSeconds: 600, SweepMin: math.NewInt(1_000_000_000_000_000), // 0.001 credits
		VerifyBlocks: 20, VerifySeconds: 3600, KeysMax: 16, GrantSecondsMax: 400 * day, GrantsMax: 1024,
		Pools: PoolParams{CheckersMax: 16, ContributionsMax: 256, VerdictsMax: 100},
	}
}

// Validate checks the parameters without any state.
func (p Params) Validate() error {
	if err := credit.CheckPositive("sweep_min", p.SweepMin); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	for _, b := range []struct {
		field     string
		got, most uint32
	}{
		{"sweep_blocks", p.SweepBlocks, blocksMax},
		{"sweep_seconds", p.SweepSeconds, secondsMax},
		{"verify_blocks", p.VerifyBlocks, blocksMax},
		{"verify_seconds", p.VerifySeconds, secondsMax},
		{"keys_max", p.KeysMax, keysBound},
		{"grant_seconds_max", p.GrantSecondsMax, grantBound},
		{"grants_max", p.GrantsMax, grantsBound},
	} {
		if b.got == 0 || b.got > b.most {
			return ErrInvalid.Wrapf("%s of %d is not 1 to %d", b.field, b.got, b.most)
		}
	}
	return p.Pools.Validate()
}
