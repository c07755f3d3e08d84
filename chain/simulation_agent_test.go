package chain_test

import (
	"bytes"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/testchain"
	"ayni.example/x/agent"
)

// agentMessage is of an owner, a guardian, a waker or a host, right or wrong in one thing. Nobody gives the beacon a seat here, so that
// wake-ups stay open until they are stopped; x/agent's own tests lead them to their end.
func (s *simulation) agentMessage(sender int) sdk.Msg {
	me, owner := s.address(sender), s.random.IntN(2)
	id := agent.ID(testchain.ChainID, s.keys[owner].PubKey().Address(), "helper")
	change := 1 + s.random.Uint64N(6)
	switch s.random.IntN(16) {
	case 0, 1, 2:
		return &agent.MsgCreate{Sender: me, Label: "helper", Charter: s.charter(), Guardian: s.address(2), Deposit: s.amount(1)}
	case 3, 4:
		return &agent.MsgAmend{Sender: me, Agent: id, Charter: s.charter()}
	case 5:
		return &agent.MsgWithdraw{Sender: me, Agent: id, Amount: s.amount(1).AddRaw(1)}
	case 6:
		return &agent.MsgTransferOwner{Sender: me, Agent: id, Owner: s.anyone(), Guardian: s.anyone()}
	case 7:
		return &agent.MsgVeto{Sender: me, Agent: id, Change: change}
	case 8:
		return &agent.MsgPause{Sender: me, Agent: id}
	case 9, 10:
		return &agent.MsgResume{Sender: me, Agent: id}
	case 11:
		if s.random.IntN(6) > 0 {
			return &agent.MsgDecide{Sender: me, Agent: id, Waiting: change}
		}
		return &agent.MsgKill{Sender: me, Agent: id}
	case 12:
		return &agent.MsgFund{Sender: me, Agent: id, Amount: s.amount(1).AddRaw(1)}
	case 13, 14:
		return &agent.MsgWake{Sender: me, Agent: id, Message: bytes.Repeat([]byte{1}, 32), Size_: 1}
	default:
		return &agent.MsgTake{Host: me, Agent: id, Wake: 1, Epoch: s.random.Uint64N(2), Session: s.keys[sender].PubKey().Bytes()}
	}
}

// charter is one of a few, some tighter than others.
func (s *simulation) charter() agent.Charter {
	n := func(unit int64) math.Int {
		return math.NewIntWithDecimal(1, 14).MulRaw(unit * (1 + s.random.Int64N(3)))
	}
	price := n(5)
	return agent.Charter{
		Document: bytes.Repeat([]byte{1 + byte(s.random.IntN(2))}, 32), Actions: []string{agent.ActionPay},
		Caps: agent.Caps{
			PerAction: n(10), PerWake: n(20), PerHour: n(40), PerDay: n(100), Lifetime: n(1000), PerPayee: n(100),
		},
		PerWakeCost: price, ApprovalAbove: n(5), ApprovalSeconds: 1 + s.random.Uint32N(20), ActionsMax: 4, Every: 60 * s.random.Uint32N(2),
		OnDeposit: s.random.IntN(2) == 0, Anyone: s.random.IntN(2) == 0, WakePrice: price, LeaseBlocks: 1, LeaseSeconds: 1 + s.random.Uint32N(9),
		Timelock: s.random.Uint32N(9), DelayBlocks: s.random.Uint32N(3),
	}
}
