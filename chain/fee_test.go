package chain_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/tx"

	"ayni.example/chain"
	"ayni.example/client"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/testchain"
	"ayni.example/x/credit"
	"ayni.example/x/fee"
)

// payment is a transaction of the i-th account that pays the next.
func (b *bare) payment(tb testing.TB, i int, gas uint64, offer math.Int) client.Order {
	tb.Helper()
	keys := testchain.Keys(i + 1)
	order := b.order(tb, keys[i], send(accountAddress(i), accountAddress(i+1), 1))
	order.Gas, order.Fee = gas, offer
	return order
}

func key(i int) *ethkey.PrivKey { return testchain.Keys(i + 1)[i] }

// price is what the state asks of the next block.
func (b *bare) price(tb testing.TB) math.Int {
	tb.Helper()
	ctx, err := b.CreateQueryContext(b.LastBlockHeight(), false)
	if err != nil {
		tb.Fatal(err)
	}
	p, err := b.Keepers.Fee.Price(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// TestOfferIsABound: a transaction pays the price of its block, whatever it offers beyond.
func TestOfferIsABound(t *testing.T) {
	app := newBare(t, testGenesis(t, 3))
	app.block(t)
	before := app.balance(t, 1)
	raw := sign(t, app.payment(t, 1, 200_000, testchain.Credits(1)), key(1))
	if !app.accepts(t, raw) {
		t.Fatal("a generous offer is voted against")
	}
	if result := app.block(t, raw)[0]; result.Code != abci.CodeTypeOK {
		t.Fatal(result.Log)
	}
	if paid := before.Sub(app.balance(t, 1)).SubRaw(1); !paid.Equal(math.NewInt(200_000 * price)) {
		t.Fatalf("paid %s", paid)
	}
}

// TestPriceMoves: full blocks raise the price for CheckTx, proposals and execution alike; then blocks without transactions
// bring it down again and leave the state alone.
func TestPriceMoves(t *testing.T) {
	app := newBare(t, testGenesis(t, 3))
	app.block(t)
	for i := range 8 { // 50,000,000 gas each: the block is full
		order := app.payment(t, 1, 50_000_000, app.price(t).MulRaw(50_000_000))
		if result := app.block(t, sign(t, order, key(1)))[0]; result.Code != abci.CodeTypeOK {
			t.Fatalf("full block %d: %s", i, result.Log)
		}
	}
	high := app.price(t)
	if high.LT(math.NewInt(2_500_000_000)) {
		t.Fatalf("price %s after 8 full blocks", high)
	}
	low := sign(t, app.payment(t, 1, 200_000, math.NewInt(200_000*price)), key(1))
	exact := sign(t, app.payment(t, 1, 200_000, high.MulRaw(200_000)), key(1))
	check := func(raw []byte) uint32 {
		result, err := app.CheckTx(&abci.RequestCheckTx{Tx: raw, Type: abci.CheckTxType_New})
		if err != nil {
			t.Fatal(err)
		}
		return result.Code
	}
	if code := check(low); code != sdkerrors.ErrInsufficientFee.ABCICode() {
		t.Fatalf("CheckTx of an offer at the floor: code %d", code)
	}
	if app.accepts(t, low) || len(app.prepare(t, 1<<20, low)) != 0 {
		t.Fatal("an offer at the floor may be in the next block")
	}
	if code := check(exact); code != abci.CodeTypeOK || !app.accepts(t, exact) {
		t.Fatalf("an offer at the price: code %d, or voted against", code)
	}
	settled := app.hash()
	for range 3 {
		app.block(t)
		if !bytes.Equal(settled, app.hash()) {
			t.Fatal("an empty block changed the state")
		}
	}
	fallen := app.price(t)
	if !fallen.LT(high) {
		t.Fatalf("price %s, then %s", high, fallen)
	}
	app.now = app.now.Add(time.Minute)
	app.block(t)
	if got := app.price(t); !got.Equal(math.NewInt(price)) || !bytes.Equal(settled, app.hash()) {
		t.Fatalf("price %s a minute later, or the state changed", got)
	}
	if result := app.block(t, low)[0]; result.Code != abci.CodeTypeOK {
		t.Fatal(result.Log)
	}
}

// TestPriceOfWhatPays: a proposer cannot raise the price with transactions that fill its block and pay nothing; those that fail
// and pay count.
func TestPriceOfWhatPays(t *testing.T) {
	for _, workers := range []int{0, 4} {
		t.Run(fmt.Sprintf("%d workers", workers), func(t *testing.T) {
			genesis := testGenesis(t, 4)
			app := newBareWith(t, genesis, chain.AppConfig{Workers: workers})
			app.block(t)
			full := math.NewInt(50_000_000 * price)
			unsigned := app.payment(t, 1, 50_000_000, full)
			unsigned.ChainID = "ayni_2-1"
			early := app.payment(t, 1, 50_000_000, full)
			early.Sequence += 7
			all := app.payment(t, 3, 200_000, math.NewInt(200_000*price))
			leave := send(accountAddress(3), accountAddress(2), 1)
			leave.Amount = credit.Coins(testchain.Credits(100).Sub(all.Fee))
			all.Messages = []sdk.Msg{leave}
			spent := app.payment(t, 3, 50_000_000, full) // of what the transaction before it sends away
			spent.Sequence++
			settled := app.hash()
			for range 3 {
				for _, result := range app.block(t, sign(t, unsigned, key(1)), sign(t, early, key(1))) {
					if result.Code == abci.CodeTypeOK {
						t.Fatal("took effect")
					}
				}
			}
			if got := app.price(t); !got.Equal(math.NewInt(price)) || !bytes.Equal(settled, app.hash()) {
				t.Fatalf("price %s after blocks of transactions that paid nothing, or the state changed", got)
			}
			results := app.block(t, sign(t, all, key(3)), sign(t, spent, key(3)))
			if results[0].Code != abci.CodeTypeOK || results[1].Code == abci.CodeTypeOK {
				t.Fatalf("codes %d and %d", results[0].Code, results[1].Code)
			}
			if got := app.price(t); !got.Equal(math.NewInt(price)) {
				t.Fatalf("price %s after a block whose large transaction could not pay", got)
			}
			poor := send(accountAddress(1), accountAddress(2), 1)
			poor.Amount = credit.Coins(testchain.Credits(1_000))
			fails := app.payment(t, 1, 50_000_000, full)
			fails.Messages = []sdk.Msg{poor}
			if result := app.block(t, sign(t, fails, key(1)))[0]; result.Code == abci.CodeTypeOK {
				t.Fatal("took effect")
			}
			if got := app.price(t); !got.GT(math.NewInt(price)) {
				t.Fatalf("price %s after a full block that failed and paid", got)
			}
		})
	}
}

// grant gives an account a quota in a block of its own.
func (b *bare) grant(tb testing.TB, account string, gas uint64) {
	tb.Helper()
	order := b.order(tb, key(0), &fee.MsgSetQuota{Admin: accountAddress(0), Account: account, Gas: gas})
	if result := b.block(tb, sign(tb, order, key(0)))[0]; result.Code != abci.CodeTypeOK {
		tb.Fatal(result.Log)
	}
}

func (b *bare) rest(tb testing.TB, i int) uint64 {
	tb.Helper()
	ctx, err := b.CreateQueryContext(b.LastBlockHeight(), false)
	if err != nil {
		tb.Fatal(err)
	}
	quota, err := b.Keepers.Fee.Quota(ctx, key(i).PubKey().Address())
	if err != nil {
		tb.Fatal(err)
	}
	return quota.Rest()
}

// TestQuotaPays: an account with a quota writes without credits, as far as the quota goes in one block and in all.
func TestQuotaPays(t *testing.T) {
	app := newBare(t, testGenesis(t, 3))
	app.block(t)
	app.grant(t, accountAddress(1), 500_000)
	before := app.balance(t, 1)
	three := make([][]byte, 3)
	for i := range three {
		order := app.payment(t, 1, 200_000, math.ZeroInt())
		order.Sequence += uint64(i)
		three[i] = sign(t, order, key(1))
	}
	if app.accepts(t, three...) || !app.accepts(t, three[:2]...) {
		t.Fatal("a block with more than the quota is voted for, or one within it is not")
	}
	kept := app.prepare(t, 1<<20, three...)
	if len(kept) != 2 {
		t.Fatalf("proposer kept %d", len(kept))
	}
	for i, want := range []uint32{0, 0, fee.ErrQuota.ABCICode()} {
		if result, err := app.CheckTx(&abci.RequestCheckTx{Tx: three[i]}); err != nil || result.Code != want {
			t.Fatalf("CheckTx %d: %v %v", i, err, result)
		}
	}
	for _, result := range app.block(t, kept...) {
		if result.Code != abci.CodeTypeOK {
			t.Fatal(result.Log)
		}
	}
	if paid := before.Sub(app.balance(t, 1)); !paid.Equal(math.NewInt(2)) || app.rest(t, 1) != 100_000 {
		t.Fatalf("paid %s, %d gas left", paid, app.rest(t, 1))
	}
	// refused in a block as well, should a majority of validators not care
	order := app.payment(t, 1, 200_000, math.ZeroInt())
	if result := app.block(t, sign(t, order, key(1)))[0]; result.Code != fee.ErrQuota.ABCICode() || app.rest(t, 1) != 100_000 {
		t.Fatalf("code %d, %d gas left", result.Code, app.rest(t, 1))
	}
	// one that fails in execution has used its quota; one that is refused has not
	poor := send(accountAddress(1), accountAddress(2), 1)
	poor.Amount = credit.Coins(testchain.Credits(1_000))
	order = app.order(t, key(1), poor)
	order.Gas, order.Fee = 60_000, math.ZeroInt()
	bad := order
	bad.Sequence++
	if result := app.block(t, sign(t, bad, key(1)))[0]; result.Code != sdkerrors.ErrWrongSequence.ABCICode() || app.rest(t, 1) != 100_000 {
		t.Fatalf("code %d, %d gas left", result.Code, app.rest(t, 1))
	}
	if result := app.block(t, sign(t, order, key(1)))[0]; result.Code == abci.CodeTypeOK || app.rest(t, 1) != 40_000 {
		t.Fatalf("code %d (%s), %d gas left", result.Code, result.Log, app.rest(t, 1))
	}
}

// TestNewMember: a quota opens the account of somebody who has never had a credit.
func TestNewMember(t *testing.T) {
	app := newBare(t, testGenesis(t, 3))
	app.block(t)
	stranger := key(98)
	me := ethkey.Format(stranger.PubKey().Address())
	app.grant(t, me, 1_000_000)
	order := app.order(t, stranger, &fee.MsgUpdateParams{Admin: me, Params: fee.DefaultParams()})
	order.Gas, order.Fee = 200_000, math.ZeroInt()
	if result := app.block(t, sign(t, order, stranger))[0]; result.Codespace != fee.ModuleName ||
		result.Code != fee.ErrUnauthorised.ABCICode() { // it ran, and was told that it is not the admin
		t.Fatalf("%s %d: %s", result.Codespace, result.Code, result.Log)
	}
	if app.rest(t, 98) != 800_000 {
		t.Fatalf("%d gas left", app.rest(t, 98))
	}
}

// TestQuotaOfAnother: nobody's quota pays for somebody else, named as payer or as granter.
func TestQuotaOfAnother(t *testing.T) {
	app := newBare(t, testGenesis(t, 3))
	app.block(t)
	app.grant(t, accountAddress(2), 10_000_000)
	for name, change := range map[string]func(*tx.Fee){
		"granter":                func(f *tx.Fee) { f.Granter = accountAddress(2) },
		"payer":                  func(f *tx.Fee) { f.Payer = accountAddress(2) },
		"payer and granter":      func(f *tx.Fee) { f.Payer, f.Granter = accountAddress(1), accountAddress(2) },
		"granter of a form":      func(f *tx.Fee) { f.Granter = "nobody" },
		"payer of a form":        func(f *tx.Fee) { f.Payer = "nobody" },
		"another denomination":   func(f *tx.Fee) { f.Amount = sdk.NewCoins(sdk.NewInt64Coin("stake", 1)) },
		"a coin of nothing":      func(f *tx.Fee) { f.Amount = sdk.Coins{{Denom: credit.Denom, Amount: math.ZeroInt()}} },
		"one acredit is no fee":  func(f *tx.Fee) { f.Amount = credit.Coins(math.OneInt()) },
		"own quota there is not": func(*tx.Fee) {},
	} {
		t.Run(name, func(t *testing.T) {
			order := app.payment(t, 1, 200_000, math.ZeroInt())
			raw := reform(t, order, key(1), change)
			if app.accepts(t, raw) || len(app.prepare(t, 1<<20, raw)) != 0 {
				t.Error("may be in a block")
			}
			before, state := app.rest(t, 2), app.hash()
			if result, err := app.CheckTx(&abci.RequestCheckTx{Tx: raw}); err != nil || result.Code == abci.CodeTypeOK {
				t.Errorf("CheckTx: %v %v", err, result)
			}
			if result := app.block(t, raw)[0]; result.Code == abci.CodeTypeOK {
				t.Error("taken into a block")
			}
			if app.rest(t, 2) != before || !bytes.Equal(state, app.hash()) {
				t.Errorf("%d gas left, had %d; or the state changed", app.rest(t, 2), before)
			}
		})
	}
}

// reform is an order with its fee changed after the client made it, signed as it then stands.
func reform(tb testing.TB, order client.Order, by *ethkey.PrivKey, change func(*tx.Fee)) []byte {
	tb.Helper()
	var raw tx.TxRaw
	var auth tx.AuthInfo
	if err := raw.Unmarshal(sign(tb, order, by)); err != nil {
		tb.Fatal(err)
	}
	if err := auth.Unmarshal(raw.AuthInfoBytes); err != nil {
		tb.Fatal(err)
	}
	change(auth.Fee)
	var err error
	if raw.AuthInfoBytes, err = auth.Marshal(); err != nil {
		tb.Fatal(err)
	}
	doc := tx.SignDoc{
		BodyBytes: raw.BodyBytes, AuthInfoBytes: raw.AuthInfoBytes, ChainId: order.ChainID, AccountNumber: order.Number,
	}
	message, err := doc.Marshal()
	if err != nil {
		tb.Fatal(err)
	}
	if raw.Signatures[0], err = by.Sign(message); err != nil {
		tb.Fatal(err)
	}
	encoded, err := raw.Marshal()
	if err != nil {
		tb.Fatal(err)
	}
	return encoded
}
