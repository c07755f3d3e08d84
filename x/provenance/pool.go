package provenance

import (
	"encoding/binary"

	"ayni.example/internal/canon"
)

const contributionDomain = "ayni/provenance/contribution/1"

// Bounds of what the parameters of pools may be set to.
const (
	checkersBound      = 64
	contributionsBound = 1 << 16
	verdictsBound      = 1_000
)

// Validate checks the parameters without any state.
func (p PoolParams) Validate() error {
	for _, b := range []struct {
		field     string
		got, most uint32
	}{
		{"checkers_max", p.CheckersMax, checkersBound},
		{"contributions_max", p.ContributionsMax, contributionsBound},
		{"verdicts_max", p.VerdictsMax, verdictsBound},
	} {
		if b.got == 0 || b.got > b.most {
			return ErrInvalid.Wrapf("%s of %d is not 1 to %d", b.field, b.got, b.most)
		}
	}
	return nil
}

// ContributionID names a contribution to one pool, epoch and ledger, of one owner: the same file counts nowhere else, and once.
func ContributionID(chainID string, pool []byte, epoch uint64, owner string, commitment []byte) []byte {
	id := canon.Sum(contributionDomain, []byte(chainID), pool, binary.BigEndian.AppendUint64(nil, epoch), []byte(owner), commitment)
	return id[:]
}
