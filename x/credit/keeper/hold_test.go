package keeper_test

import (
	"errors"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/credit"
	"ayni.example/x/credit/keeper"
	"ayni.example/x/internal/ledgertest"
)

func (s *signed) settleMsg(n byte, amount int64) *credit.MsgSettle {
	return &credit.MsgSettle{
		Facilitator: ledgertest.Text(s.settle), Payer: ledgertest.Text(s.from), Nonce: nonce(n), Amount: math.NewInt(amount),
	}
}

func TestHoldAndSettle(t *testing.T) {
	s := newSigned(t)
	s.must(t, s.holding(t, 1, nil))
	s.checkBalance(t, s.from, 900)
	s.checkBalance(t, s.to, 0)
	ledgertest.Must(t, s.Invariants())
	s.CheckReload(t)
	if _, err := s.Send(s.settleMsg(1, 101)); !errors.Is(err, credit.ErrExceeds) {
		t.Fatalf("more than held: error %v", err)
	}
	s.must(t, s.settleMsg(1, 30))
	s.checkBalance(t, s.from, 970)
	s.checkBalance(t, s.to, 30)
	for name, msg := range map[string]sdk.Msg{"settle": s.settleMsg(1, 1), "release": s.release(s.settle, 1)} {
		if _, err := s.Send(msg); !errors.Is(err, credit.ErrNotFound) {
			t.Errorf("%s again: error %v", name, err)
		}
	}
	if _, err := s.Send(s.holding(t, 1, nil)); !errors.Is(err, credit.ErrBurnt) {
		t.Fatalf("held again: error %v", err)
	}
	// nothing and all of it
	s.must(t, s.holding(t, 2, nil))
	s.must(t, s.settleMsg(2, 0))
	s.must(t, s.holding(t, 3, nil))
	s.must(t, s.settleMsg(3, 100))
	s.checkBalance(t, s.from, 870)
	s.checkBalance(t, s.to, 130)
}

func (s *signed) release(sender sdk.AccAddress, n byte) *credit.MsgRelease {
	return &credit.MsgRelease{Sender: ledgertest.Text(sender), Payer: ledgertest.Text(s.from), Nonce: nonce(n)}
}

func TestHoldRefuses(t *testing.T) {
	s := newSigned(t)
	stolen := s.holding(t, 1, nil)
	stolen.Facilitator = ledgertest.Text(s.stranger) // the witness names who settles
	moved := s.holding(t, 1, nil)
	moved.To = ledgertest.Text(s.stranger)
	for name, tt := range map[string]struct {
		msg  *credit.MsgHold
		want error
	}{
		"another facilitator": {stolen, credit.ErrAuthorizer},
		"another payee":       {moved, credit.ErrAuthorizer},
		"expired":             {s.holding(t, 1, func(p *credit.Permit) { p.Deadline = s.now() }), credit.ErrWindow},
		"not yet":             {s.holding(t, 1, func(p *credit.Permit) { p.ValidAfter = s.now() + 1 }), credit.ErrWindow},
		"too far ahead":       {s.holding(t, 1, func(p *credit.Permit) { p.Deadline = s.now() + 24*3600 + 1 }), credit.ErrWindow},
	} {
		if _, err := s.Send(tt.msg); !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", name, err, tt.want)
		}
	}
	s.must(t, s.holding(t, 1, nil))
	theft := s.settleMsg(1, 100)
	theft.Facilitator = ledgertest.Text(s.to) // not even the payee
	for name, msg := range map[string]sdk.Msg{"settle": theft, "release": s.release(s.from, 1), "release by a stranger": s.release(s.stranger, 1)} {
		if _, err := s.Send(msg); !errors.Is(err, credit.ErrUnauthorised) {
			t.Errorf("%s: error %v, want %v", name, err, credit.ErrUnauthorised)
		}
	}
	s.must(t, s.release(s.to, 1))
	s.checkBalance(t, s.from, 1_000)
}

// What nobody settles goes back, once both the deadline and some blocks have passed.
func TestHoldLapses(t *testing.T) {
	s := newSigned(t)
	s.must(t, s.holding(t, 1, nil))
	s.Advance(1, 10*time.Minute)
	s.runSchedule(t)
	s.checkBalance(t, s.from, 900)
	for range 6 {
		s.Advance(1, time.Minute)
		s.runSchedule(t)
	}
	s.checkBalance(t, s.from, 1_000)
	res, err := keeper.NewQueryServer(s.Credit).Holds(s.Ctx, &credit.QueryHoldsRequest{Payer: ledgertest.Text(s.from)})
	if err != nil || len(res.Holds) != 0 {
		t.Fatalf("holds %v, %v", res, err)
	}
}

func TestAuthorizationQueries(t *testing.T) {
	s := newSigned(t)
	s.must(t, s.holding(t, 1, nil))
	s.must(t, s.transfer(t, 2, nil))
	s.must(t, s.cancellation(t, 3))
	queries := keeper.NewQueryServer(s.Credit)
	for n, want := range map[byte]struct{ burnt, held, ends bool }{1: {true, true, true}, 2: {true, false, true}, 3: {true, false, false}, 4: {}} {
		res, err := queries.Authorization(s.Ctx, &credit.QueryAuthorizationRequest{Payer: ledgertest.Text(s.from), Nonce: nonce(n)})
		ledgertest.Must(t, err)
		if res.Burnt != want.burnt || (res.Hold != nil) != want.held || (res.Until != 0) != want.ends {
			t.Errorf("nonce %d: %+v", n, res)
		}
	}
	res, err := queries.Holds(s.Ctx, &credit.QueryHoldsRequest{Payer: ledgertest.Text(s.from)})
	if err != nil || len(res.Holds) != 1 || !res.Holds[0].Amount.Equal(math.NewInt(100)) {
		t.Fatalf("holds %v, %v", res, err)
	}
}
