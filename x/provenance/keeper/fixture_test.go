package keeper_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/provenance/descent/sketch"
	"ayni.example/x/credit"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provenance"
)

// world is a ledger with assets.
type world struct {
	*ledgertest.Ledger
	t testing.TB
}

func start(tb testing.TB) *world {
	tb.Helper()
	return &world{ledgertest.Start(tb), tb}
}

func account(name string) string { return ledgertest.Text(ledgertest.Account(name)) }

func authority() string { return account("authority") }

// digest is one of a word.
func digest(word string) string {
	d := sha256.Sum256([]byte(word))
	return hex.EncodeToString(d[:])
}

// terms ask for so many basis points.
func terms(share uint32) provenance.Terms {
	t := provenance.FreeTerms()
	t.Share = share
	return t
}

// model is a manifest of a model with a name and parents.
func model(name string, parents ...[]byte) provenance.Manifest {
	m := provenance.Manifest{Kind: provenance.KindModel, Name: name, Content: digest(name)}
	for _, p := range parents {
		m.Parents = append(m.Parents, provenance.Parent{Asset: hex.EncodeToString(p), Relation: provenance.Finetune})
	}
	return m
}

func encode(tb testing.TB, m provenance.Manifest) []byte {
	tb.Helper()
	data, err := m.Encode()
	ledgertest.Must(tb, err)
	return data
}

// register enters an asset and returns its id.
func (w *world) register(owner string, m provenance.Manifest, terms provenance.Terms) []byte {
	w.t.Helper()
	id, err := w.tryRegister(owner, m, terms)
	ledgertest.Must(w.t, err)
	return id
}

func (w *world) tryRegister(owner string, m provenance.Manifest, terms provenance.Terms) ([]byte, error) {
	w.t.Helper()
	return w.send(&provenance.MsgRegister{Sender: account(owner), Manifest: encode(w.t, m), Terms: terms})
}

func (w *world) send(msg sdk.Msg) ([]byte, error) {
	w.t.Helper()
	res, err := w.Send(msg)
	if err != nil {
		return nil, err
	}
	if r, ok := res.MsgResponses[0].GetCachedValue().(*provenance.MsgRegisterResponse); ok {
		return r.Asset, nil
	}
	return nil, nil
}

// serve is what x/credit does with a payment for a content.
func (w *world) serve(content []byte, amount int64) int64 {
	w.t.Helper()
	return w.serveInt(content, math.NewInt(amount)).Int64()
}

func (w *world) serveInt(content []byte, amount math.Int) math.Int {
	w.t.Helper()
	cut, err := w.Provenance.Charge(w.Ctx, content, amount)
	ledgertest.Must(w.t, err)
	w.fundCut(cut)
	return cut
}

// fundCut moves what is taken to the module's account.
func (w *world) fundCut(cut math.Int) {
	w.t.Helper()
	if !cut.IsPositive() {
		return
	}
	coins := credit.Coins(cut)
	ledgertest.Must(w.t, w.Bank.MintCoins(w.Ctx, credit.ModuleName, coins))
	ledgertest.Must(w.t, w.Bank.SendCoinsFromModuleToModule(w.Ctx, credit.ModuleName, provenance.ModuleName, coins))
}

// claim has payees paid from an asset's income.
func (w *world) claim(asset []byte, payees ...[]byte) int64 {
	w.t.Helper()
	res, err := w.Send(&provenance.MsgClaimRoyalty{Sender: account("anybody"), Asset: asset, Payees: payees})
	ledgertest.Must(w.t, err)
	return res.MsgResponses[0].GetCachedValue().(*provenance.MsgClaimRoyaltyResponse).Paid.Int64()
}

func (w *world) balance(name string) int64 { return w.Balance(ledgertest.Account(name)).Int64() }

func (w *world) content(asset []byte) []byte {
	w.t.Helper()
	a, err := w.Provenance.Asset(w.Ctx, asset)
	ledgertest.Must(w.t, err)
	return a.Content
}

// shares is an asset's vector, for people.
func (w *world) shares(asset []byte) string {
	w.t.Helper()
	v, err := w.Provenance.Vectors.Get(w.Ctx, asset)
	if err != nil {
		return ""
	}
	out := ""
	for _, s := range v.Shares {
		a, err := w.Provenance.Asset(w.Ctx, s.Asset)
		ledgertest.Must(w.t, err)
		out += fmt.Sprintf("%s:%d", a.Name, s.PPM)
		if s.Held {
			out += "h"
		}
		out += " "
	}
	return out
}

func id(n byte) []byte { return bytes.Repeat([]byte{n}, provenance.IDSize) }

func join(a, b []byte) collections.Pair[[]byte, []byte] { return collections.Join(a, b) }

// sketchOf is that of a small model: those of seeds below 1000 are of one family, others of strangers.
func sketchOf(seed uint64) []byte {
	family := rand.New(rand.NewPCG(seed/1000, 1))
	own := rand.New(rand.NewPCG(seed, 2))
	s := make(sketch.Sketch, 4)
	for i := range s {
		s[i].Rows, s[i].Cols = uint32(64-i), 32
		for j := range s[i].Values {
			s[i].Values[j] = int8(family.IntN(240)-120) + int8(own.IntN(7)-3)
		}
		s[i].Values[0] = 127
	}
	return s.Encode()
}
