package chain_test

import (
	"crypto/sha256"
	"encoding/hex"
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
