package keeper_test

import (
	"testing"
	"time"

	sdkmath "cosmossdk.io/math"

	"ayni.example/internal/disputetest"
	"ayni.example/x/compute"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/referee"
)

// TestFalseSegmentIsPlayedToItsEnd: a provider trains truly, lies in its second segment and goes on from there; a challenger who trained
// it again takes it down to a tile, which the ledger computes. The lease is refuted, and what was built on the lie is dropped.
func TestFalseSegmentIsPlayedToItsEnd(t *testing.T) {
	for _, lie := range disputetest.Lies() {
		t.Run(lie, func(t *testing.T) {
			run := disputetest.New(t, disputetest.Tiny(), 16, 4, 11)
			truth := run.Honest(t)
			liar := run.Lie(t, truth, lie, 5, 12)
			f := newFixture(t)
			rules, err := f.Referee.Params.Get(f.Ctx)
			ledgertest.Must(t, err)
			rules.ChallengeBond, rules.Side = sdkmath.NewInt(bond), referee.Span{Blocks: 15, Seconds: 900} // before the windows end
			ledgertest.Must(t, f.Referee.Params.Set(f.Ctx, rules))
			carl := ledgertest.Account("carl")
			f.Fund(t, carl, start)

			spec := training(16)
			spec.Training.Job = run.Job.Encode()
			order, lease := f.leased(spec, 1_000)
			for segment := range uint64(3) {
				msg := f.commit(f.ann, lease, segment)
				msg.Root = liar.Root(4 * (segment + 1))
				f.ok(msg)
			}
			id := referee.ClaimID(compute.KindSegment, claim(lease, 1))
			f.ok(&referee.MsgChallenge{Challenger: text(carl), Claim: id})
			f.playOut(run, id, liar, truth)
			l := f.leaseIs(lease)
			if l.Reason != compute.ReasonRefuted || !l.Bond.IsZero() || l.Waiting != 1 {
				t.Fatalf("lease %+v", l)
			}
			if got := f.Balance(carl); !got.Equal(sdkmath.NewInt(start + bond/2)) {
				t.Fatalf("the challenger has %s", got)
			}
			for segment, want := range []bool{true, false, false} {
				there, err := f.Referee.Claims.Has(f.Ctx, referee.ClaimID(compute.KindSegment, claim(lease, uint64(segment))))
				if there != want || err != nil {
					t.Errorf("claim of segment %d: %v, %v", segment, there, err)
				}
			}
			f.windowsEnd(f.ann)
			f.ended(lease, compute.ReasonRefuted, compute.OrderOpen)
			if o := f.is(order); o.Progress.Segments != 1 || string(o.Progress.Root) != string(truth.Root(4)) {
				t.Fatalf("the next provider begins with %+v", o.Progress)
			}
		})
	}
}

// playOut lets the provider answer from one book and the challenger point by another, until the claim is gone. Who has no answer that the
// ledger takes loses by its clock.
func (f *fixture) playOut(of *disputetest.Training, id []byte, defender, challenger *disputetest.Book) {
	f.tb.Helper()
	for range 200 {
		there, err := f.Referee.Disputes.Has(f.Ctx, id)
		ledgertest.Must(f.tb, err)
		if !there {
			return
		}
		d, err := f.Referee.Disputes.Get(f.Ctx, id)
		ledgertest.Must(f.tb, err)
		switch {
		case d.Defending() && d.Stage == referee.StageTile:
			msg, err := d.Proof(of.Program, defender)
			ledgertest.Must(f.tb, err)
			msg.Defender = text(f.ann)
			_, _ = f.Send(msg) // an operand that leads nowhere is refused
		case d.Defending():
			hashes, err := d.View(of.Program, defender)
			ledgertest.Must(f.tb, err)
			_, _ = f.Send(&referee.MsgShow{Defender: text(f.ann), Claim: id, Turn: d.Turn, Hashes: hashes})
		default:
			part, found, err := d.False(of.Program, challenger)
			ledgertest.Must(f.tb, err)
			if !found {
				f.tb.Fatal("nothing that the liar showed is false")
			}
			f.ok(&referee.MsgPoint{Challenger: d.Challenger, Claim: id, Turn: d.Turn, Part: part})
		}
		f.pass(1, time.Minute)
	}
	f.tb.Fatal("the dispute does not end")
}
