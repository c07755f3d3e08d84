package ledgertest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"ayni.example/internal/vrf"
	"ayni.example/x/beacon"
)

// seatName is the account of a beacon's only seat.
const seatName = "seat"

// Seat is an operator who contributes to the beacon.
type Seat struct {
	ledger *Ledger
	key    ed25519.PrivateKey
}

// Seat gives the beacon its only seat.
func (l *Ledger) Seat(tb testing.TB) *Seat {
	tb.Helper()
	digest, operator := sha256.Sum256([]byte(seatName)), Account(seatName)
	s := &Seat{l, ed25519.NewKeyFromSeed(digest[:])}
	l.Members.Set(operator, true)
	_, proof, err := vrf.Prove(s.key, beacon.Possession(ChainID, operator))
	Must(tb, err)
	_, err = l.Send(&beacon.MsgRegisterKey{Operator: Text(operator), Key: s.public(), Proof: proof})
	Must(tb, err)
	return s
}

// Entry is what the seat contributes to the next block; nothing where no round waits for it.
func (s *Seat) Entry(tb testing.TB) []byte {
	tb.Helper()
	duty, due, err := s.ledger.Beacon.Duty(s.ledger.Ctx, s.public())
	Must(tb, err)
	if !due {
		return nil
	}
	_, proof, err := vrf.Prove(s.key, duty.Alpha)
	Must(tb, err)
	extension := beacon.EncodeExtension(duty.Round, beacon.Proof{Entrant: duty.Entrant, Proof: [vrf.ProofSize]byte(proof)})
	entry, err := s.ledger.Beacon.Entry(s.ledger.Ctx, [][]byte{extension}, 1<<20)
	Must(tb, err)
	return entry
}

func (s *Seat) public() ed25519.PublicKey { return s.key.Public().(ed25519.PublicKey) }
