package keeper_test

import (
	"testing"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"ayni.example/internal/disputetest"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/referee"
)

// TestGas: what claims and answers cost stays what the README says, and the end of the fullest claim fits its item.
func TestGas(t *testing.T) {
	training := disputetest.New(t, disputetest.Small(), steps, steps, 4)
	book := training.Honest(t)
	f := newFixture(t, training)
	f.params(func(p *referee.Params) { p.AuditBps, p.WaitingMax, p.QuestionsMax, p.AuditorFirst = 1, 4, 4, false })
	gas := func(name string, least, most uint64, do func()) {
		t.Helper()
		meter := storetypes.NewGasMeter(50_000_000)
		f.Ctx = f.Ctx.WithGasMeter(meter)
		do()
		if used := meter.GasConsumed(); used < least || used > most {
			t.Errorf("%s: %d gas, not %d to %d", name, used, least, most)
		} else {
			t.Logf("%s: %d gas", name, used)
		}
		f.Ctx = f.Ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
	}
	var id []byte
	gas("claim", 2_300_000, 2_500_000, func() { id = f.claim("one", book, 0, steps) })
	gas("challenge", 1_500_000, 1_700_000, func() { f.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id}) })
	gas("show", 30_000, 200_000, func() { f.ok(f.answer(f.dispute(id), book)) })
	f.ok(&referee.MsgPoint{Challenger: text("carl"), Claim: id, Turn: 2, Part: 1})
	d := f.reach(id, book, referee.StageTile, true, deep)
	gas("proof", 100_000, 700_000, func() { f.ok(f.answer(d, book)) })
	for _, name := range []string{"carl", "cleo", "anna", "otto", "pia"} {
		f.ok(&referee.MsgChallenge{Challenger: text(name), Claim: id})
	}
	for tensor := range uint32(4) {
		gas("question", 1_500_000, 1_800_000, func() { f.ok(&referee.MsgAsk{Asker: text("pia"), Claim: id, Tensor: tensor}) })
	}
	gas("end of a full claim", 100_000, 1_000_000, func() {
		ledgertest.Must(t, f.Referee.WithdrawClaim(f.Ctx, kind, []byte("one")))
	})
}
