package chain_test

import (
	"testing"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/prooftest"
	"ayni.example/internal/testchain"
	"ayni.example/x/payout"
	"ayni.example/x/zkml"
)

// provers is what the simulation proves with: real proofs of a model, for few contexts, so that values are renewed.
type provers struct {
	*prooftest.Model
	nonces map[string]uint64
}

// proofMessage is one of the zkml and payout modules, right or wrong in one thing.
func (s *simulation) proofMessage(tb testing.TB, sender int) sdk.Msg {
	tb.Helper()
	if s.provers == nil {
		s.provers = &provers{prooftest.New(tb, 1), map[string]uint64{}}
	}
	me, address, model := s.address(sender), sdk.AccAddress(s.keys[sender].PubKey().Address()), s.provers
	switch s.random.IntN(10) {
	case 0, 1:
		return model.Registration(address)
	case 2:
		return &zkml.MsgUpdateModel{Owner: me, Model: model.ID(), Price: s.amount(1)}
	case 3, 4, 5:
		nonce := model.nonces[me] + 1
		if s.random.IntN(5) > 0 {
			model.nonces[me] = nonce
		}
		chainID := testchain.ChainID
		if s.random.IntN(8) == 0 {
			chainID = "ayni_1-1"
		}
		return model.Submission(chainID, address, s.subject(), nonce,
			s.random.Int32N(1<<16), s.random.Int32N(1<<16), s.random.Int32N(1<<16), s.random.Int32N(1<<16))
	case 6, 7:
		return &payout.MsgPromise{
			Payer: me, Number: s.random.Uint64N(4), Blocks: 1 + s.random.Uint32N(9), Seconds: s.random.Uint32N(20), Terms: payout.Terms{
				Beneficiary: s.anyone(), Model: model.ID(), Submitter: s.anyone(), Context: []byte(s.subject()),
				FreshBlocks: s.random.Uint32N(9), Unit: s.amount(1).AddRaw(1), Most: s.amount(2).Add(math.OneInt()),
			},
		}
	case 8:
		return &payout.MsgReturn{Sender: me, Payer: s.anyone(), Number: s.random.Uint64N(4)}
	default:
		return &payout.MsgCollect{Beneficiary: me, Payer: s.anyone(), Number: s.random.Uint64N(4)}
	}
}

func (s *simulation) subject() string { return string(rune('a' + s.random.IntN(2))) }
