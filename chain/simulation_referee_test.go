package chain_test

import (
	"crypto/sha256"
	"testing"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/referee"
)

// anyMessage is sometimes one about a claim, of an auditor, about an asset, or an agent.
func (s *simulation) anyMessage(tb testing.TB, sender int) sdk.Msg {
	tb.Helper()
	if s.random.IntN(12) == 0 {
		return s.refereeMessage(sender)
	}
	if s.random.IntN(6) == 0 {
		return s.provenanceMessage(tb, sender)
	}
	if s.random.IntN(6) == 0 {
		return s.agentMessage(sender)
	}
	return s.message(tb, sender)
}

// refereeMessage is of an auditor who comes, adds and goes, or about a claim that is not there: x/internal/disputesim has those that are.
func (s *simulation) refereeMessage(sender int) sdk.Msg {
	me, claim := s.address(sender), sha256.Sum256([]byte{byte(sender)})
	switch s.random.IntN(7) {
	case 0, 1:
		return &referee.MsgEnlist{Auditor: me, Bond: math.NewIntWithDecimal(int64(s.random.IntN(3)), 18)}
	case 2:
		return &referee.MsgRetire{Auditor: me}
	case 3:
		return &referee.MsgChallenge{Challenger: me, Claim: claim[:]}
	case 4:
		return &referee.MsgAsk{Asker: me, Claim: claim[:]}
	case 5:
		return &referee.MsgReport{Auditor: me, Claim: claim[:], Agrees: true}
	default:
		return &referee.MsgSettle{Sender: me, Claim: claim[:]}
	}
}
