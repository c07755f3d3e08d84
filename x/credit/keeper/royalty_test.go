package keeper_test

import (
	"context"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/receipt"
	"ayni.example/x/credit"
	"ayni.example/x/credit/keeper"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provenance"
)

// falseRoyalties say of each cut what they like.
type falseRoyalties func() (math.Int, error)

func (f falseRoyalties) Charge(context.Context, []byte, math.Int) (math.Int, error) { return f() }

// asset registers a model of which its owner asks so many basis points of what serving it earns.
func (f *fixture) asset(tb testing.TB, model receipt.Digest, share uint32, parents ...[]byte) []byte {
	tb.Helper()
	m := provenance.Manifest{Kind: provenance.KindModel, Name: "poems", Content: model.String()}
	for _, p := range parents {
		m.Parents = append(m.Parents, provenance.Parent{Asset: hex.EncodeToString(p), Relation: provenance.Merge})
	}
	manifest, err := m.Encode()
	ledgertest.Must(tb, err)
	terms := provenance.FreeTerms()
	terms.Share = share
	res, err := f.Send(&provenance.MsgRegister{Sender: ledgertest.Text(ledgertest.Account("owner")), Manifest: manifest, Terms: terms})
	ledgertest.Must(tb, err)
	return res.MsgResponses[0].GetCachedValue().(*provenance.MsgRegisterResponse).Asset
}

// modelVoucher is a voucher of the second format.
func (f *fixture) modelVoucher(tb testing.TB, model receipt.Digest, lane uint32, nonce uint64, cumulative int64) receipt.Voucher {
	tb.Helper()
	v := f.voucher(tb, lane, nonce, cumulative)
	v.Model = model
	ledgertest.Must(tb, v.Sign(f.key))
	return v
}

func (f *fixture) royalties() math.Int {
	return f.Balance(authtypes.NewModuleAddress(provenance.ModuleName))
}

func TestClaimPaysAncestors(t *testing.T) {
	f := newFixture(t)
	model, free := receipt.Digest{1}, receipt.Digest{2}
	f.asset(t, model, 1_500)
	for _, step := range []struct {
		name      string
		voucher   receipt.Voucher
		paid, cut int64 // in all
	}{
		{"the first format pays the payee alone", f.voucher(t, 0, 1, 100), 100, 0},
		{"a model with ancestors", f.modelVoucher(t, model, 1, 1, 101), 201, 15},
		{"what is new of a voucher counts", f.modelVoucher(t, model, 1, 2, 107), 207, 16},
		{"the same again", f.modelVoucher(t, model, 1, 2, 107), 207, 16},
		{"a head alone", f.modelVoucher(t, model, 1, 3, 107), 207, 16},
		{"a model without ancestors", f.modelVoucher(t, free, 2, 1, 93), 300, 16},
		{"another model on a claimed lane", f.modelVoucher(t, model, 2, 2, 133), 340, 22},
	} {
		_, err := f.claim(step.voucher)
		ledgertest.Must(t, err)
		f.checkBalance(t, f.payee, step.paid-step.cut)
		if got := f.royalties(); !got.Equal(math.NewInt(step.cut)) {
			t.Fatalf("%s: %s for the ancestors, want %d", step.name, got, step.cut)
		}
		ledgertest.Must(t, f.Invariants())
	}
	lane, err := f.Credit.Lanes.Get(f.Ctx, collections.Join(f.id, uint32(2)))
	ledgertest.Must(t, err)
	if receipt.Digest(lane.Model) != model {
		t.Fatalf("the lane names %x", lane.Model)
	}
	f.CheckReload(t)
}

// TestClaimConserves: random claims of many models; deposit, payee and ancestors together hold what the payer locked, always.
func TestClaimConserves(t *testing.T) {
	const seed = 7
	random := rand.New(rand.NewPCG(seed, 1))
	f := newFixture(t)
	shares := make([]int64, 5)
	for i := range shares {
		shares[i] = random.Int64N(5_001)
		f.asset(t, receipt.Digest{byte(i + 1)}, uint32(shares[i]))
	}
	lanes, paid := map[uint32]int64{}, map[uint32]int64{}
	for n := range uint64(400) {
		lane := random.Uint32N(5)
		lanes[lane] += random.Int64N(4)
		_, err := f.claim(f.modelVoucher(t, receipt.Digest{byte(lane + 1)}, lane, n+1, lanes[lane]))
		if errors.Is(err, credit.ErrDeposit) {
			break
		}
		ledgertest.Must(t, err)
		ledgertest.Must(t, f.Invariants())
		paid[lane] = lanes[lane]
		c := f.channel(t)
		if sum := f.Balance(f.payee).Add(f.royalties()).Add(c.Remaining()); !sum.Equal(math.NewInt(deposit)) {
			t.Fatalf("step %d: %s of %d", n, sum, deposit)
		}
	}
	want := int64(0)
	for lane, earned := range paid {
		want += earned * shares[lane] / 10_000
	}
	if got := f.royalties(); !got.Equal(math.NewInt(want)) || want == 0 {
		t.Fatalf("%s for the ancestors, want %d", got, want)
	}
}

// claimGas is what a claim of one voucher that names a model costs, whoever its ancestors are.
const claimGas = 75_025

// TestClaimGasIsConstant: a claim costs the same whether a model has one ancestor or sixty-four, as many as are paid.
func TestClaimGasIsConstant(t *testing.T) {
	for _, ancestors := range []int{1, 3, 64} {
		t.Run(strconv.Itoa(ancestors), func(t *testing.T) {
			f := newFixture(t)
			var parents [][]byte
			for i := range ancestors {
				parents = append(parents, f.asset(t, receipt.Digest{1, byte(i)}, 5_000))
			}
			for level := byte(2); len(parents) > 16; level++ { // a manifest names sixteen
				var merged [][]byte
				for part := range slices.Chunk(parents, 16) {
					merged = append(merged, f.asset(t, receipt.Digest{level, byte(len(merged))}, 0, part...))
				}
				parents = merged
			}
			model := receipt.Digest{9}
			id := f.asset(t, model, 0, parents...)
			vector, err := f.Provenance.Vectors.Get(f.Ctx, id)
			ledgertest.Must(t, err)
			if len(vector.Shares) != ancestors {
				t.Fatalf("%d payees", len(vector.Shares))
			}
			_, err = f.claim(f.modelVoucher(t, model, 0, 1, 100)) // schedules the sweep
			ledgertest.Must(t, err)
			f.Ctx = f.Ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
			_, err = f.claim(f.modelVoucher(t, model, 0, 2, 200))
			ledgertest.Must(t, err)
			if got := f.Ctx.GasMeter().GasConsumed(); got != claimGas {
				t.Errorf("%d gas, want %d", got, claimGas)
			}
			if got := f.royalties(); !got.Equal(math.NewInt(100)) {
				t.Errorf("%s for the ancestors", got)
			}
		})
	}
}

// TestModelsNeedTheRelease: before the release that has royalties a voucher of the second format refuses the claim.
func TestModelsNeedTheRelease(t *testing.T) {
	f := newFixture(t)
	f.Credit.SetRoyalties(nil)
	_, err := f.claim(f.modelVoucher(t, receipt.Digest{1}, 0, 1, 100))
	if !errors.Is(err, credit.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []uint32{1, credit.VoucherFormat} {
		res, err := keeper.NewQueryServer(f.Credit).Params(f.Ctx, &credit.QueryParamsRequest{})
		ledgertest.Must(t, err)
		if res.VoucherFormat != want {
			t.Fatalf("format %d, want %d", res.VoucherFormat, want)
		}
		f.Credit.SetRoyalties(f.Provenance)
	}
}

// TestClaimWithstandsRoyalties: whatever is said of a cut, none exceeds what is paid, and a failure moves nothing.
func TestClaimWithstandsRoyalties(t *testing.T) {
	failed := errors.New("no state")
	for _, tt := range []struct {
		name string
		lie  falseRoyalties
		want error
	}{
		{"more than was paid", func() (math.Int, error) { return math.NewInt(101), nil }, credit.ErrInvariant},
		{"less than nothing", func() (math.Int, error) { return math.NewInt(-1), nil }, credit.ErrInvariant},
		{"failure", func() (math.Int, error) { return math.Int{}, failed }, failed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			f.Credit.SetRoyalties(tt.lie)
			if _, err := f.claim(f.modelVoucher(t, receipt.Digest{1}, 0, 1, 100)); !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			f.checkBalance(t, f.payee, 0)
			ledgertest.Must(t, f.Invariants())
		})
	}
}
