package referee

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// DrawDomain is that of this module's draws from a round of the beacon.
const DrawDomain = "referee/audit"

// Seed is a claim's own draw from that of the round which it shares with others.
func Seed(draw, claim []byte) []byte {
	h := sha256.New()
	_, _ = h.Write(draw) // a hash takes all
	_, _ = h.Write(claim)
	return h.Sum(nil)
}

// Selected tells whether a claim is audited.
func (p Params) Selected(seed []byte) bool {
	return binary.BigEndian.Uint64(seed)%basis < uint64(p.AuditBps)
}

// Rank orders auditors for a claim: the least is drawn first. It depends on nobody else's being on the list, so that whoever joins or
// leaves when the round is known moves nobody but itself.
func Rank(seed, auditor []byte) [sha256.Size]byte {
	return sha256.Sum256(append(bytes.Clone(seed), auditor...))
}

// Suits tells whether an auditor may be drawn for a claim: it was there before the claim, stays, has its bond, and is not a party.
func (a Auditor) Suits(c Claim, p Params) bool {
	return a.EnlistedHeight < c.EnteredHeight && a.LeavesHeight == 0 && a.Bond.GTE(p.AuditorBond) &&
		a.Address != c.Defender && !slices.Contains(c.Audit.Tried, a.Address)
}
