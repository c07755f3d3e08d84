package keeper_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/x/council"
	"ayni.example/x/internal/ledgertest"
)

// four are the seats of most tests; three of them are over two thirds.
func four() []string { return []string{"a", "b", "c", "d"} }

// TestOthersMayNot sends each message by whoever may not.
func TestOthersMayNot(t *testing.T) {
	f := newFixture(t, four()...)
	params := council.DefaultParams()
	for _, sender := range []string{text("stranger"), text("a")} {
		for _, msg := range []sdk.Msg{
			&council.MsgAdmit{Authority: sender, Operator: text("e"), Name: "e", ConsensusKey: public("e"), Power: 1, Proof: proof("e", "e")},
			&council.MsgRemove{Authority: sender, Operator: text("b")},
			&council.MsgSetPower{Authority: sender, Operator: text("b"), Power: 1},
			&council.MsgReinstate{Authority: sender, Operator: text("b"), ConsensusKey: public("e"), Proof: proof("b", "e")},
			&council.MsgReplaceOperator{Authority: sender, Operator: text("b"), Successor: text("e")},
			&council.MsgUpdateParams{Authority: sender, Params: params},
		} {
			if _, err := f.Send(msg); !errors.Is(err, council.ErrUnauthorised) {
				t.Errorf("%T by %s: %v", msg, sender, err)
			}
		}
	}
	if _, _, err := f.propose("stranger", &council.MsgRemove{Authority: authority(), Operator: text("b")}); !errors.Is(err, council.ErrUnauthorised) {
		t.Errorf("propose: %v", err)
	}
	id, _, err := f.propose("a", &council.MsgRemove{Authority: authority(), Operator: text("b")})
	ledgertest.Must(t, err)
	if _, err := f.vote("stranger", id, true); !errors.Is(err, council.ErrUnauthorised) {
		t.Errorf("vote: %v", err)
	}
	for name, err := range map[string]error{
		"rotate": f.rotate("stranger", "new"), "leave": f.leave("stranger"), "return": f.back("stranger"),
		"update": func() error {
			_, err := f.Send(&council.MsgUpdateSeat{Operator: text("stranger"), Name: "x"})
			return err
		}(),
	} {
		if !errors.Is(err, council.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAdmit(t *testing.T) {
	f := newFixture(t, four()...)
	f.enact([]string{"a", "b", "c"}, f.admit("e", "e", council.PowerMax))
	f.block(happening{})
	if len(f.told) != 1 || f.validates("e") != council.PowerMax || f.current.HasAddress(address("e")) {
		t.Fatalf("told %v; consensus acts two heights later", f.told)
	}
	f.enact([]string{"e"}, &council.MsgSetPower{Authority: authority(), Operator: text("e"), Power: 10})

	wrong := f.admit("g", "g", 10)
	wrong.Proof = ed25519.Sign(private("g"), council.Possession("ayni_1-1", ledgertest.Account("g"), public("g")))
	yes := four()
	f.refuse(council.ErrProof, yes, wrong)
	wrong.Proof = proof("h", "g")
	f.refuse(council.ErrProof, yes, wrong)
	f.refuse(council.ErrExists, yes, f.admit("a", "new", 10))
	f.refuse(council.ErrTaken, yes, f.admit("g", "a", 10))
	module := f.admit("g", "g", 10)
	account := authtypes.NewModuleAddress("credit")
	module.Operator = ledgertest.Text(account)
	module.Proof = ed25519.Sign(private("g"), council.Possession(ledgertest.ChainID, account, public("g")))
	f.refuse(council.ErrInvalid, yes, module)
	params := council.DefaultParams()
	params.SeatsMax = 5
	f.enact(yes, &council.MsgUpdateParams{Authority: authority(), Params: params})
	f.refuse(council.ErrFull, yes, f.admit("g", "g", 10))

	for name, change := range map[string]func(*council.MsgAdmit){
		"no power": func(m *council.MsgAdmit) { m.Power = 0 }, "much power": func(m *council.MsgAdmit) { m.Power = council.PowerMax + 1 },
		"no name": func(m *council.MsgAdmit) { m.Name = "" }, "hidden name": func(m *council.MsgAdmit) { m.Name = "a\u202eb" },
		"short key": func(m *council.MsgAdmit) { m.ConsensusKey = m.ConsensusKey[1:] }, "no proof": func(m *council.MsgAdmit) { m.Proof = nil },
		"peer": func(m *council.MsgAdmit) { m.Peer = "id@host port" },
	} {
		msg := f.admit("g", "g", 10)
		change(msg)
		if _, _, err := f.propose("a", msg); !errors.Is(err, council.ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPowerBound: as many seats as there may be, each with the most power, are no more than consensus can add up.
func TestPowerBound(t *testing.T) {
	f := newFixture(t, "a")
	params := council.DefaultParams()
	params.SeatsMax = 200
	f.enact([]string{"a"}, &council.MsgUpdateParams{Authority: authority(), Params: params})
	yes := []string{"a"}
	f.enact(yes, &council.MsgSetPower{Authority: authority(), Operator: text("a"), Power: council.PowerMax})
	for i := range 199 {
		name := fmt.Sprint("seat ", i)
		account := ledgertest.Account(name)
		seat, key := council.NewSeat(ledgertest.Text(account), name, public(name), council.PowerMax)
		ledgertest.Must(t, f.Council.ByAccount.Set(f.Ctx, account, seat))
		ledgertest.Must(t, f.Council.Keys.Set(f.Ctx, address(name), key))
	}
	f.blocks(3, happening{})
	if got := f.current.TotalVotingPower(); got != 200*council.PowerMax {
		t.Fatalf("power %d", got)
	}
}

func TestTheLastSeatStays(t *testing.T) {
	f := newFixture(t, "a", "b")
	ledgertest.Must(t, f.leave("b"))
	f.block(happening{})
	if err := f.leave("a"); !errors.Is(err, council.ErrLast) {
		t.Fatalf("leave: %v", err)
	}
	f.refuse(council.ErrLast, []string{"a"}, &council.MsgRemove{Authority: authority(), Operator: text("a")})
	f.blocks(3, happening{})
	if f.current.Size() != 1 || f.validates("a") != 10 {
		t.Fatalf("consensus has %v", f.current)
	}
}

func TestRotateKey(t *testing.T) {
	f := newFixture(t, four()...)
	ledgertest.Must(t, f.rotate("a", "a2"))
	f.block(happening{})
	if f.validates("a") != 0 || f.validates("a2") != 10 || f.current.Size() != 4 {
		t.Fatalf("consensus has %v", f.next)
	}
	for _, key := range []string{"a", "a2"} { // the old one's votes still come
		seat, err := f.Council.SeatByConsensus(f.Ctx, address(key))
		if err != nil || seat.Operator != text("a") {
			t.Fatalf("seat of %s: %v", key, err)
		}
		if public, err := f.Council.PubKeyByConsensus(f.Ctx, address(key)); err != nil || len(public.GetEd25519()) != 32 {
			t.Fatalf("key of %s: %v", key, err)
		}
	}
	if err := f.rotate("b", "a"); !errors.Is(err, council.ErrTaken) {
		t.Fatalf("to a key that another one had: %v", err)
	}
	if err := f.rotate("a", "a2"); !errors.Is(err, council.ErrTaken) {
		t.Fatalf("to the same key: %v", err)
	}
	if _, err := f.Send(&council.MsgRotateKey{Operator: text("a"), ConsensusKey: public("a3"), Proof: proof("b", "a3")}); !errors.Is(err, council.ErrProof) {
		t.Fatalf("with another's proof: %v", err)
	}
	for i := range 7 {
		ledgertest.Must(t, f.rotate("a", fmt.Sprint("next ", i)))
	}
	if err := f.rotate("a", "one too many"); !errors.Is(err, council.ErrFull) {
		t.Fatalf("rotation without end: %v", err)
	}
	f.blocks(3, happening{})
	f.CheckReload(t)
}

// TestKeysAreForgotten: a retired key is known until evidence about it comes too late, by height and time.
func TestKeysAreForgotten(t *testing.T) {
	f := newFixture(t, four()...)
	ledgertest.Must(t, f.rotate("a", "a2"))
	f.blocks(3, happening{})
	known := func() bool {
		_, err := f.Council.PubKeyByConsensus(f.Ctx, address("a"))
		return err == nil
	}
	f.Advance(20_000, time.Hour)
	f.blocks(2, happening{})
	if !known() {
		t.Fatal("forgotten by height alone")
	}
	f.CheckReload(t)
	f.Advance(0, 49*time.Hour)
	f.blocks(2, happening{})
	if known() {
		t.Fatal("still known")
	}
	if items, err := f.Schedule.ExportGenesis(f.Ctx); err != nil || len(items.Items) != 0 {
		t.Fatalf("scheduled %v (%v)", items.Items, err)
	}
	ledgertest.Must(t, f.rotate("b", "a")) // nobody's by now
}

func TestReplaceOperator(t *testing.T) {
	f := newFixture(t, four()...)
	id, _, err := f.propose("a", &council.MsgSetPower{Authority: authority(), Operator: text("d"), Power: 20})
	ledgertest.Must(t, err)
	f.block(happening{})
	yes := []string{"b", "c", "d"}
	f.refuse(council.ErrExists, yes, &council.MsgReplaceOperator{Authority: authority(), Operator: text("a"), Successor: text("b")})
	f.enact(yes, &council.MsgReplaceOperator{Authority: authority(), Operator: text("a"), Successor: text("heir")})
	if _, err := f.vote("a", id, true); !errors.Is(err, council.ErrUnauthorised) {
		t.Fatalf("vote of the former operator: %v", err)
	}
	for _, name := range []string{"b", "c"} { // the former operator's yes is not the seat's
		if status, err := f.vote(name, id, true); err != nil || status != council.ProposalOpen {
			t.Fatalf("%s: %s, %v", name, status, err)
		}
	}
	if status, err := f.vote("heir", id, true); err != nil || status != council.ProposalExecuted {
		t.Fatalf("heir: %s, %v", status, err)
	}
	f.block(happening{evidence: []abci.Misbehavior{twice("a", 1, f.Ctx.BlockTime())}})
	if f.seat("heir").Status != council.StatusCondemned {
		t.Fatal("evidence about the key did not find the heir")
	}
	f.block(happening{})
	f.CheckReload(t)
}

func TestUpdateSeat(t *testing.T) {
	f := newFixture(t, "a")
	_, err := f.Send(&council.MsgUpdateSeat{Operator: text("a"), Name: "new name", Peer: "0123@host.example:26656"})
	ledgertest.Must(t, err)
	if s := f.seat("a"); s.Name != "new name" || s.Peer != "0123@host.example:26656" {
		t.Fatalf("seat %v", s)
	}
	if _, err := f.Send(&council.MsgUpdateSeat{Operator: text("a"), Name: " "}); !errors.Is(err, council.ErrInvalid) {
		t.Fatalf("blank name: %v", err)
	}
	f.block(happening{})
	if len(f.told) != 0 {
		t.Fatalf("consensus was told %v", f.told)
	}
}
