package keeper_test

import (
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provenance"
	"ayni.example/x/provenance/keeper"
)

func commitment(word string) []byte {
	sum := sha256.Sum256([]byte(word))
	return sum[:]
}

// grant is alice's to bob, for a day.
func (w *world) grant(word string) *provenance.MsgGrant {
	return &provenance.MsgGrant{
		Owner: account("alice"), Grantee: account("bob"), Commitment: commitment(word), Expires: w.Ctx.BlockTime().Add(24 * time.Hour).Unix(),
	}
}

func (w *world) refused(name string, msg sdk.Msg, want error) {
	w.t.Helper()
	if _, err := w.send(msg); !errors.Is(err, want) {
		w.t.Errorf("%s: %v, want %v", name, err, want)
	}
}

func (w *world) granted(word string) (provenance.Grant, error) {
	got, err := keeper.NewQueryServer(w.Provenance).Grant(w.Ctx, &provenance.QueryGrantRequest{Owner: account("alice"), Commitment: commitment(word)})
	if err != nil {
		return provenance.Grant{}, err
	}
	return got.Grant, nil
}

// TestGrant gives, revokes, erases and lets expire; only the owner may, and what is over is forgotten.
func TestGrant(t *testing.T) {
	w := start(t)
	for _, word := range []string{"a", "b", "c"} {
		w.must(w.grant(word))
	}
	w.refused("revoked by the grantee", &provenance.MsgRevoke{Owner: account("bob"), Commitment: commitment("a")}, provenance.ErrNotFound)
	w.refused("erased by a stranger", &provenance.MsgErase{Owner: account("carol"), Grants: [][]byte{commitment("a")}}, provenance.ErrNotFound)
	w.Advance(1, time.Second)
	w.must(&provenance.MsgRevoke{Owner: ethkey.Hex(ledgertest.Account("alice")), Commitment: commitment("a")})
	w.refused("revoked twice", &provenance.MsgRevoke{Owner: account("alice"), Commitment: commitment("a")}, provenance.ErrGrant)
	w.must(&provenance.MsgErase{Owner: account("alice"), Grants: [][]byte{commitment("a"), commitment("b")}})
	w.refused("erased twice", &provenance.MsgErase{Owner: account("alice"), Grants: [][]byte{commitment("b")}}, provenance.ErrGrant)
	w.refused("revoked after it was erased", &provenance.MsgRevoke{Owner: account("alice"), Commitment: commitment("b")}, provenance.ErrGrant)
	for word, want := range map[string][2]bool{"a": {true, true}, "b": {false, true}, "c": {false, false}} {
		if g, err := w.granted(word); err != nil || g.Revoked > 0 != want[0] || g.Erased > 0 != want[1] {
			t.Errorf("%s: %+v, %v", word, g, err)
		}
	}
	q := keeper.NewQueryServer(w.Provenance)
	for _, req := range []*provenance.QueryGrantsRequest{{Owner: account("alice")}, {Grantee: account("bob")}} {
		if got, err := q.Grants(w.Ctx, req); err != nil || len(got.Grants) != 3 {
			t.Errorf("%v: %d grants, %v", req, len(got.Grants), err)
		}
	}
	ledgertest.Must(t, w.Provenance.Invariants(w.Ctx))
	w.CheckReload(t)
	w.Advance(1, 25*time.Hour)
	w.Schedule.EndBlock(w.Ctx)
	w.Advance(1, time.Hour)
	w.Schedule.EndBlock(w.Ctx)
	if _, err := w.granted("c"); err == nil {
		t.Error("a grant outlives its time")
	}
	ledgertest.Must(t, w.Provenance.Invariants(w.Ctx))
	w.must(w.grant("c")) // its name is free again
	w.CheckReload(t)
}

// TestGrantRefused holds what is no grant.
func TestGrantRefused(t *testing.T) {
	w := start(t)
	w.must(w.grant("a"))
	for name, test := range map[string]struct {
		change func(*provenance.MsgGrant)
		want   error
	}{
		"twice":                     {func(*provenance.MsgGrant) {}, provenance.ErrExists},
		"twice, in another form":    {func(m *provenance.MsgGrant) { m.Owner = ethkey.Hex(ledgertest.Account("alice")) }, provenance.ErrExists},
		"to oneself":                {func(m *provenance.MsgGrant) { m.Grantee = m.Owner }, provenance.ErrInvalid},
		"to nobody":                 {func(m *provenance.MsgGrant) { m.Grantee = "" }, provenance.ErrInvalid},
		"by nobody":                 {func(m *provenance.MsgGrant) { m.Owner = "x" }, provenance.ErrInvalid},
		"short commitment":          {func(m *provenance.MsgGrant) { m.Commitment = m.Commitment[1:] }, provenance.ErrInvalid},
		"no commitment":             {func(m *provenance.MsgGrant) { m.Commitment = nil }, provenance.ErrInvalid},
		"over":                      {func(m *provenance.MsgGrant) { m.Expires = w.Ctx.BlockTime().Unix() }, provenance.ErrInvalid},
		"longer than 400 days":      {func(m *provenance.MsgGrant) { m.Expires = w.Ctx.BlockTime().Add(400*24*time.Hour + time.Second).Unix() }, provenance.ErrInvalid},
		"for ever":                  {func(m *provenance.MsgGrant) { m.Expires = 1<<63 - 1 }, provenance.ErrInvalid},
		"before time began":         {func(m *provenance.MsgGrant) { m.Expires = -1 << 63 }, provenance.ErrInvalid},
		"commitment without bounds": {func(m *provenance.MsgGrant) { m.Commitment = make([]byte, 1<<16) }, provenance.ErrInvalid},
	} {
		msg := w.grant("a")
		test.change(msg)
		w.refused(name, msg, test.want)
	}
	params, err := w.Provenance.Params.Get(w.Ctx)
	ledgertest.Must(t, err)
	params.GrantsMax = 2
	ledgertest.Must(t, w.Provenance.Params.Set(w.Ctx, params))
	w.must(w.grant("b"))
	w.refused("one too many", w.grant("c"), provenance.ErrBound)
	w.refused("erase of nothing", &provenance.MsgErase{Owner: account("alice")}, provenance.ErrInvalid)
	w.refused("erase of too much", &provenance.MsgErase{Owner: account("alice"), Grants: make([][]byte, 65)}, provenance.ErrInvalid)
	// All or nothing: the second is another's, so the first stands.
	w.refused("erase of another's", &provenance.MsgErase{Owner: account("alice"), Grants: [][]byte{commitment("a"), commitment("z")}}, provenance.ErrNotFound)
	if g, err := w.granted("a"); err != nil || g.Erased > 0 {
		t.Errorf("%+v, %v", g, err)
	}
}

// TestTombstone marks an asset once, by its owner alone.
func TestTombstone(t *testing.T) {
	w := start(t)
	id := w.register("alice", model("m"), terms(0))
	w.refused("by another", &provenance.MsgErase{Owner: account("bob"), Asset: id}, provenance.ErrUnauthorised)
	w.refused("of no asset", &provenance.MsgErase{Owner: account("alice"), Asset: commitment("none")}, provenance.ErrNotFound)
	w.must(&provenance.MsgErase{Owner: account("alice"), Asset: id})
	w.refused("twice", &provenance.MsgErase{Owner: account("alice"), Asset: id}, provenance.ErrExists)
	got, err := keeper.NewQueryServer(w.Provenance).Tombstone(w.Ctx, &provenance.QueryTombstoneRequest{Asset: id})
	if err != nil || got.Tombstone.Owner != account("alice") {
		t.Errorf("%+v, %v", got, err)
	}
	w.CheckReload(t)
}
