package keeper_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"ayni.example/x/compute"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provenance"
	"ayni.example/x/schedule"
)

// train has the ledger know of an order for training, as x/compute leaves it once its last segment is committed. Orders that are really
// leased are x/compute's to test; here stands what this module reads of them.
func (w *world) train(tenant string, inputs [][]byte, result []byte) []byte {
	w.t.Helper()
	order := id(0xaa)[:16]
	ledgertest.Must(w.t, w.Compute.Orders.Set(w.Ctx, order, compute.Order{
		ID: order, Tenant: account(tenant), State: compute.OrderLeased,
		Spec: compute.Spec{Unit: compute.UnitStep, Training: &compute.Training{Steps: 4, Segment: 2, Data: inputs}},
	}))
	ledgertest.Must(w.t, w.Compute.Segments.Set(w.Ctx, collections.Join(order, uint64(1)), compute.Segment{Order: order, Index: 1, State: result, Height: w.Ctx.BlockHeight()}))
	w.t.Cleanup(func() {
		_ = w.Compute.Orders.Remove(w.Ctx, order)
		_ = w.Compute.Segments.Remove(w.Ctx, collections.Join(order, uint64(1)))
	})
	return order
}

func (w *world) evidence(asset, parent []byte) string {
	w.t.Helper()
	e, err := w.Provenance.Edges.Get(w.Ctx, join(asset, parent))
	ledgertest.Must(w.t, err)
	return e.Evidence.Word()
}

// TestEvidence: an edge is observed where the order names the parent's content and its worker committed to the child, verified once
// nobody can dispute it, and claimed again when it was refuted.
func TestEvidence(t *testing.T) {
	for name, end := range map[string]struct {
		stands bool
		want   string
	}{"stands": {true, "verified"}, "refuted": {false, "claimed"}} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			base, data := w.register("ana", model("base"), terms(5000)), w.register("bo", model("data"), terms(500))
			child := model("child", base, data)
			order := w.train("cy", [][]byte{w.content(data)}, child.ContentBytes())
			asset, err := w.send(&provenance.MsgRegister{Sender: account("cy"), Manifest: encode(t, child), Terms: terms(0), Order: order})
			ledgertest.Must(t, err)
			if a, b := w.evidence(asset, base), w.evidence(asset, data); a != "claimed" || b != "observed" {
				t.Fatalf("base %s, data %s", a, b)
			}
			// What is seen has its whole share, what is claimed the rest of the half.
			v, err := w.Provenance.Vectors.Get(w.Ctx, asset)
			ledgertest.Must(t, err)
			if got := w.shares(asset); len(v.Shares) != 2 || got != "base:450000 data:50000 " && got != "data:50000 base:450000 " {
				t.Fatalf("shares %q", got)
			}
			w.serve(child.ContentBytes(), 1000)
			o, err := w.Compute.Orders.Get(w.Ctx, order)
			ledgertest.Must(t, err)
			if end.stands {
				o.Progress = compute.Progress{Segments: 2, State: child.ContentBytes()}
			} else {
				ledgertest.Must(t, w.Compute.Segments.Remove(w.Ctx, collections.Join(order, uint64(1))))
			}
			ledgertest.Must(t, w.Compute.Orders.Set(w.Ctx, order, o))
			w.Advance(30, 2*time.Hour)
			w.Schedule.EndBlock(w.Ctx)
			w.Advance(1, time.Second)
			w.Schedule.EndBlock(w.Ctx)
			if got := w.evidence(asset, data); got != end.want {
				t.Fatalf("data is %s", got)
			}
			if got := w.claim(asset, base, data); got != 500 {
				t.Fatalf("%d is paid", got)
			}
			ledgertest.Must(t, w.Provenance.Invariants(w.Ctx))
		})
	}
}

// TestAttackOrderOfAnother: nobody has edges observed by an order of another, one without a result, or one with another result.
func TestAttackOrderOfAnother(t *testing.T) {
	w := start(t)
	base := w.register("ana", model("base"), terms(5000))
	child := model("child", base)
	order := w.train("cy", [][]byte{w.content(base)}, id(5))
	for name, c := range map[string]struct {
		sender string
		order  []byte
		want   error
	}{
		"of another": {"thief", order, provenance.ErrOrder}, "of another result": {"cy", order, provenance.ErrOrder},
		"that is not there": {"cy", id(1)[:16], compute.ErrNotFound}, "of another size": {"cy", id(1), provenance.ErrInvalid},
	} {
		_, err := w.send(&provenance.MsgRegister{Sender: account(c.sender), Manifest: encode(t, child), Terms: terms(0), Order: c.order})
		if !errors.Is(err, c.want) {
			t.Errorf("order %s: %v", name, err)
		}
	}
	ledgertest.Must(t, w.Compute.Segments.Remove(w.Ctx, collections.Join(order, uint64(1))))
	_, err := w.send(&provenance.MsgRegister{Sender: account("cy"), Manifest: encode(t, child), Terms: terms(0), Order: order})
	if !errors.Is(err, provenance.ErrOrder) {
		t.Errorf("order without a result: %v", err)
	}
}

// TestBindKey: a key is bound by whoever holds it, to one account, on one ledger.
func TestBindKey(t *testing.T) {
	w := start(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ledgertest.Must(t, err)
	public, err := key.PublicKey.Bytes()
	ledgertest.Must(t, err)
	sign := func(chain, who string) []byte {
		proof, err := ecdsa.SignASN1(rand.Reader, key, provenance.KeyStatement(chain, account(who)))
		ledgertest.Must(t, err)
		return proof
	}
	off := append([]byte{4}, make([]byte, 64)...)
	for name, c := range map[string]struct {
		msg  provenance.MsgBindKey
		want error
	}{
		"another's":      {provenance.MsgBindKey{Sender: account("thief"), PublicKey: public, Proof: sign(ledgertest.ChainID, "ana")}, provenance.ErrKey},
		"another ledger": {provenance.MsgBindKey{Sender: account("ana"), PublicKey: public, Proof: sign("ayni_1-1", "ana")}, provenance.ErrKey},
		"off the curve":  {provenance.MsgBindKey{Sender: account("ana"), PublicKey: off, Proof: sign(ledgertest.ChainID, "ana")}, provenance.ErrKey},
		"short":          {provenance.MsgBindKey{Sender: account("ana"), PublicKey: public[:33], Proof: []byte{1}}, provenance.ErrKey},
		"no proof":       {provenance.MsgBindKey{Sender: account("ana"), PublicKey: public}, provenance.ErrKey},
		"good":           {provenance.MsgBindKey{Sender: account("ana"), PublicKey: public, Proof: sign(ledgertest.ChainID, "ana")}, nil},
	} {
		if _, err := w.Send(&c.msg); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	again := &provenance.MsgBindKey{Sender: account("ana"), PublicKey: public, Proof: sign(ledgertest.ChainID, "ana")}
	if _, err := w.Send(again); err != nil {
		t.Errorf("bound again: %v", err)
	}
	taken := &provenance.MsgBindKey{Sender: account("bo"), PublicKey: public, Proof: sign(ledgertest.ChainID, "bo")}
	if _, err := w.Send(taken); !errors.Is(err, provenance.ErrExists) {
		t.Errorf("bound to a second account: %v", err)
	}
	params := provenance.DefaultParams()
	params.KeysMax = 1
	if _, err := w.Send(&provenance.MsgUpdateParams{Authority: account("ana"), Params: params}); !errors.Is(err, provenance.ErrUnauthorised) {
		t.Errorf("parameters by anybody: %v", err)
	}
	_, err = w.Send(&provenance.MsgUpdateParams{Authority: authority(), Params: params})
	ledgertest.Must(t, err)
	key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ledgertest.Must(t, err)
	public, err = key.PublicKey.Bytes()
	ledgertest.Must(t, err)
	if _, err := w.Send(&provenance.MsgBindKey{Sender: account("ana"), PublicKey: public, Proof: sign(ledgertest.ChainID, "ana")}); !errors.Is(err, provenance.ErrBound) {
		t.Errorf("one key too many: %v", err)
	}
	w.CheckReload(t)
}

// TestAttackVerifyGas: a look at a refuted lease has gas enough, with everything that it must write at its bound: else the refuted edges would
// stay observed for who made its asset large.
func TestAttackVerifyGas(t *testing.T) {
	w := start(t)
	large := func(s string) string { return s + strings.Repeat("x", 128-len(s)) }
	most := func(share uint32) provenance.Terms {
		x := terms(share)
		x.Licence, x.Ceiling = large("L"), math.NewInt(1<<62).MulRaw(1<<60)
		x.Price = x.Ceiling
		return x
	}
	register := func(name string, sketch []byte, share uint32, parents ...[]byte) []byte {
		m := model(name, parents...)
		m.Name, m.Sketch = large(name), sketch
		return w.register("maker of "+name, m, most(share))
	}
	held, payees, parents := make([][]byte, 8), make([][]byte, 16), make([][]byte, provenance.ParentsMax)
	inputs := make([][]byte, len(parents))
	for i := range held {
		held[i] = register(fmt.Sprint("held ", i), sketchOf(uint64(20+i)), 50)
	}
	for i := range payees {
		above := make([][]byte, 3)
		for j := range above {
			above[j] = register(fmt.Sprint("above ", i, j), nil, 50)
		}
		payees[i] = register(fmt.Sprint("payee ", i), nil, 50, above...)
	}
	for i := range parents { // each with a vector of 64
		parents[i] = register(fmt.Sprint("parent ", i), nil, 51, payees...)
		inputs[i] = w.content(parents[i])
	}
	w.Advance(1, time.Second)
	child := model("child", parents...)
	child.Name, child.Sketch = large("child"), sketchOf(50)
	order := w.train("cy", inputs, child.ContentBytes())
	asset, err := w.send(&provenance.MsgRegister{Sender: account("cy"), Manifest: encode(t, child), Terms: most(1000), Order: order})
	ledgertest.Must(t, err)
	for _, h := range held {
		ledgertest.Must(t, w.suspect(asset, h))
	}
	if v, err := w.Provenance.Vectors.Get(w.Ctx, asset); err != nil || len(v.Shares) != provenance.PayeesMax+8 {
		t.Fatalf("%d shares: %v", len(v.Shares), err)
	}
	w.serveInt(child.ContentBytes(), math.NewInt(1_000*milli).MulRaw(1<<40))
	ledgertest.Must(t, w.Compute.Segments.Remove(w.Ctx, collections.Join(order, uint64(1))))
	w.Advance(1, time.Second)
	verify := w.Provenance.Kinds()[1]
	ctx := w.Ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
	ledgertest.Must(t, verify.Run(ctx, schedule.Due{Item: schedule.Item{Kind: verify.Name, Name: asset}}))
	used := ctx.GasMeter().GasConsumed()
	t.Logf("a look uses %d gas of %d", used, verify.Gas)
	if used*10 > verify.Gas*9 || w.evidence(asset, parents[0]) != "claimed" {
		t.Fatalf("a look uses %d gas of %d, the edges are %s", used, verify.Gas, w.evidence(asset, parents[0]))
	}
	ledgertest.Must(t, w.Provenance.Invariants(w.Ctx))
}
