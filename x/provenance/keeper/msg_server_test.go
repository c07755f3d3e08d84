package keeper_test

import (
	"errors"
	"testing"

	"ayni.example/x/provenance"
	"ayni.example/x/provenance/keeper"
)

// TestAttackUncheckedForm: a message that another carries, which no node has checked before, is refused for its form all the same.
func TestAttackUncheckedForm(t *testing.T) {
	w := start(t)
	pool := w.pooled("verses", 1000)
	x := w.contribute(pool, "ana", "a.txt", 1)
	s := keeper.NewMsgServer(w.Provenance)
	judge := func(v provenance.Verdict) func() error {
		return func() error {
			_, err := s.Judge(w.Ctx, &provenance.MsgJudge{Checker: account("judge"), Pool: pool, Verdicts: []provenance.Verdict{v}})
			return err
		}
	}
	m := provenance.Manifest{Kind: provenance.KindPool, Name: "other", Content: digest("other")}
	for name, c := range map[string]struct {
		send func() error
		want error
	}{
		"accepted for nothing":    {judge(accept(x, 0)), provenance.ErrPool},
		"accepted for everything": {judge(accept(x, 1<<49)), provenance.ErrPool},
		"no terms": {func() error {
			_, err := s.CreatePool(w.Ctx, &provenance.MsgCreatePool{
				Owner: account("eve"), Manifest: encode(t, m), Schema: word("a"), Reference: word("b"), Checkers: []string{account("eve")},
			})
			return err
		}, provenance.ErrInvalid},
		"no bytes": {func() error {
			_, err := s.Contribute(w.Ctx, &provenance.MsgContribute{Contributor: account("eve"), Pool: pool, Epoch: 1, Commitment: word("e")})
			return err
		}, provenance.ErrPool},
		"no pool": {func() error {
			_, err := s.OpenEpoch(w.Ctx, &provenance.MsgOpenEpoch{Owner: account("keeper")})
			return err
		}, provenance.ErrInvalid},
		"no contribution": {func() error {
			_, err := s.Withdraw(w.Ctx, &provenance.MsgWithdraw{Contributor: account("ana")})
			return err
		}, provenance.ErrInvalid},
		"no commitment": {func() error {
			_, err := s.Revoke(w.Ctx, &provenance.MsgRevoke{Owner: account("ana")})
			return err
		}, provenance.ErrInvalid},
		"erase of a short name": {func() error {
			_, err := s.Erase(w.Ctx, &provenance.MsgErase{Owner: account("ana"), Grants: [][]byte{{1}}})
			return err
		}, provenance.ErrInvalid},
		"grant of a short name": {func() error {
			_, err := s.Grant(w.Ctx, &provenance.MsgGrant{Owner: account("ana"), Grantee: account("bo"), Commitment: []byte{1}, Expires: 1 << 40})
			return err
		}, provenance.ErrInvalid},
	} {
		if err := c.send(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
