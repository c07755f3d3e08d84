package keeper_test

import (
	"testing"
	"time"

	"cosmossdk.io/collections"

	"ayni.example/x/artifact"
	"ayni.example/x/internal/ledgertest"
)

// TestBrokenByMany: with as many challenges as parameters allow, the end of one stays within its gas and ends all of them.
func TestBrokenByMany(t *testing.T) {
	f := newFixture(t)
	params, err := f.Artifact.Params.Get(f.Ctx)
	ledgertest.Must(t, err)
	params.ChallengesMax = 16
	ledgertest.Must(t, params.Validate())
	ledgertest.Must(t, f.Artifact.Params.Set(f.Ctx, params))
	long := f.pledge(f.alice)
	long.Digest, long.Size_ = make([]byte, artifact.DigestSize), 16*artifact.LeafSize
	f.ok(t, long)
	for leaf := range uint64(params.ChallengesMax) {
		asked := f.challenge(f.bob, leaf)
		asked.Digest = long.Digest
		f.ok(t, asked)
	}
	f.pass(20, time.Hour)
	if there, err := f.Artifact.Pledges.Has(f.Ctx, collections.Join([]byte(f.alice), long.Digest)); err != nil || there {
		t.Errorf("the pledge stands: %t (%v)", there, err)
	}
	f.balance(t, "bob", f.bob, 8*credits) // all deposits and half of the bond
	f.CheckReload(t)
}

// TestFreeAfterTerm: who has held an artifact for as long as it was bound to loses nothing by having dropped it since.
func TestFreeAfterTerm(t *testing.T) {
	f := newFixture(t)
	f.pass(50, month-time.Second)
	f.ok(t, f.challenge(f.bob, 1))
	f.ok(t, f.answer(f.alice, 1))
	f.pass(1, time.Second)
	f.refused(t, "challenged after its time", f.challenge(f.bob, 1), artifact.ErrTerm)
	f.ok(t, f.release(f.alice))
}
