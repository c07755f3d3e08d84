package chain_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/provenance"
)

// asset is one of a few manifests, each with parents among those before it, so that blocks of transactions at once write to the same assets.
func (s *simulation) asset(tb testing.TB, n int) (id, manifest []byte) {
	tb.Helper()
	content := sha256.Sum256([]byte{byte(n)})
	m := provenance.Manifest{Kind: provenance.KindModel, Name: string(rune('a' + n)), Content: hex.EncodeToString(content[:])}
	for p := range n {
		if (n+p)%3 > 0 {
			above, _ := s.asset(tb, p)
			m.Parents = append(m.Parents, provenance.Parent{Asset: hex.EncodeToString(above), Relation: provenance.Finetune})
		}
	}
	if n >= 6 { // which are served
		data, _ := s.pool(tb, n%2)
		m.Parents = append(m.Parents, provenance.Parent{Asset: hex.EncodeToString(data), Relation: provenance.TrainData})
	}
	slices.SortFunc(m.Parents, func(a, b provenance.Parent) int { return strings.Compare(a.Asset, b.Asset) })
	manifest, err := m.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	return provenance.ManifestID(manifest).Bytes(), manifest
}

// provenanceMessage is one about an asset, right or wrong in one thing.
func (s *simulation) provenanceMessage(tb testing.TB, sender int) sdk.Msg {
	tb.Helper()
	const assets = 8
	if s.random.IntN(2) == 0 {
		return s.poolMessage(tb, sender)
	}
	me := s.address(sender)
	one, manifest := s.asset(tb, s.random.IntN(assets))
	other, _ := s.asset(tb, s.random.IntN(assets))
	switch s.random.IntN(12) {
	case 0, 1, 2, 3, 4:
		terms := provenance.FreeTerms()
		terms.Share, terms.Ceiling = 100*uint32(sender), math.NewInt(int64(sender)*1_000_000)
		return &provenance.MsgRegister{Sender: me, Manifest: manifest, Terms: terms, Foreign: s.random.IntN(12) == 0}
	case 5, 6, 7, 8:
		return &provenance.MsgClaimRoyalty{Sender: me, Asset: one, Payees: [][]byte{other}}
	case 9:
		return &provenance.MsgSuspect{Sender: me, Asset: one, Parent: other}
	case 10:
		return &provenance.MsgBan{Authority: me, Asset: one, Heir: s.anyone()}
	default:
		return &provenance.MsgTransfer{Owner: me, Asset: one, To: s.anyone()}
	}
}

// pool is one of a few pools of the first accounts, each its own checker.
func (s *simulation) pool(tb testing.TB, n int) (id []byte, msg *provenance.MsgCreatePool) {
	tb.Helper()
	content := sha256.Sum256([]byte{100, byte(n)})
	m := provenance.Manifest{Kind: provenance.KindPool, Name: "pool", Content: hex.EncodeToString(content[:])}
	manifest, err := m.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	terms := provenance.FreeTerms()
	terms.Share = 1_000
	return provenance.ManifestID(manifest).Bytes(), &provenance.MsgCreatePool{
		Owner: s.address(n), Manifest: manifest, Terms: terms, Schema: content[:], Reference: content[:], Checkers: []string{s.address(n)},
	}
}

// given is a pool as it stands, and something that was given to it, if anything was.
func (s *simulation) given(tb testing.TB, pool []byte) (p provenance.Pool, x provenance.Contribution) {
	tb.Helper()
	ctx, err := s.apps[0].CreateQueryContext(s.apps[0].height, false)
	if err != nil {
		tb.Fatal(err)
	}
	k, at := s.apps[0].Keepers.Provenance, s.random.IntN(12)
	if p, err = k.Pools.Get(ctx, pool); err != nil {
		return p, x
	}
	if err := k.Contributions.Walk(ctx, nil, func(_ []byte, c provenance.Contribution) (bool, error) {
		x = c
		at--
		return at < 0, nil
	}); err != nil {
		tb.Fatal(err)
	}
	return p, x
}

// poolMessage is one about a pool, or a grant. Few files are given, so that several accounts write to the same contributions in one block.
func (s *simulation) poolMessage(tb testing.TB, sender int) sdk.Msg {
	tb.Helper()
	n := s.random.IntN(2)
	me, owner := s.address(sender), s.address(n)
	pool, create := s.pool(tb, n)
	file := sha256.Sum256([]byte{200, byte(s.random.IntN(8))})
	state, given := s.given(tb, pool)
	if sender == n { // its owner mostly does what is next
		v := provenance.Verdict{Contribution: given.ID, Accept: true, Points: 1 + s.random.Uint64N(1000)}
		switch {
		case len(state.Asset) == 0:
			return create
		case state.Epoch == 0:
			return &provenance.MsgOpenEpoch{Owner: owner, Pool: pool}
		case s.random.IntN(2) == 0:
			return &provenance.MsgJudge{Checker: me, Pool: pool, Verdicts: []provenance.Verdict{v}}
		}
	}
	switch s.random.IntN(10) {
	case 0, 1, 2:
		return &provenance.MsgContribute{Contributor: me, Pool: pool, Epoch: state.Epoch, Commitment: file[:], Bytes: 10}
	case 3:
		return &provenance.MsgWithdraw{Contributor: me, Contribution: given.ID}
	case 4:
		return &provenance.MsgOpenEpoch{Owner: me, Pool: pool}
	case 5:
		return &provenance.MsgClaimRoyalty{Sender: me, Asset: pool, Payees: [][]byte{s.keys[s.random.IntN(len(s.keys))].PubKey().Address()}}
	case 6, 7:
		return &provenance.MsgGrant{
			Owner: me, Grantee: s.anyone(), Commitment: file[:], Expires: s.apps[0].now.Unix() + s.random.Int64N(200),
		}
	case 8:
		return &provenance.MsgRevoke{Owner: me, Commitment: file[:]}
	default:
		return &provenance.MsgErase{Owner: me, Grants: [][]byte{file[:]}}
	}
}
