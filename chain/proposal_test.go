package chain_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/tx"

	"ayni.example/client"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/testchain"
	"ayni.example/x/credit"
	"ayni.example/x/fee"
)

const price = 1_000_000_000 // acredit per gas, the default

func accountAddress(i int) string { return ethkey.Format(testchain.Keys(i + 1)[i].PubKey().Address()) }

func testOrder(gas uint64) client.Order {
	return client.Order{
		ChainID: testchain.ChainID, Number: 1, Gas: gas, Fee: math.NewIntFromUint64(gas).MulRaw(price),
		Messages: []sdk.Msg{send(accountAddress(1), accountAddress(2), 1)},
	}
}

func (b *bare) prepare(tb testing.TB, maxBytes int64, txs ...[]byte) [][]byte {
	tb.Helper()
	result, err := b.PrepareProposal(&abci.RequestPrepareProposal{
		MaxTxBytes: maxBytes, Txs: txs, Height: b.height + 1, Time: b.now.Add(time.Second),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return result.Txs
}

func (b *bare) accepts(tb testing.TB, txs ...[]byte) bool {
	tb.Helper()
	result, err := b.ProcessProposal(&abci.RequestProcessProposal{
		Txs: txs, Height: b.height + 1, Time: b.now.Add(time.Second), Hash: make([]byte, 32),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return result.Status == abci.ResponseProcessProposal_ACCEPT
}

// TestProposalRefuses: what must not be in a block is left out by the proposer and voted against by everybody else.
func TestProposalRefuses(t *testing.T) {
	app, key := newBare(t, testGenesis(t, 3)), testchain.Keys(2)[1]
	app.block(t)
	good := sign(t, testOrder(200_000), key)
	half := testOrder(200_000)
	half.Fee = half.Fee.SubRaw(1)
	half2, free := testOrder(26_000_000), testOrder(200_000)
	free.Fee = math.ZeroInt()
	noGas, tooMuchGas := testOrder(0), testOrder(50_000_001)
	long := testOrder(50_000_000)
	for range 40_000 {
		long.Messages = append(long.Messages, long.Messages[0])
	}
	for _, test := range []struct {
		name   string
		txs    [][]byte
		accept bool
		kept   int
	}{
		{"good", [][]byte{good}, true, 1},
		{"nothing", nil, true, 0},
		{"not a transaction", [][]byte{good, []byte("junk")}, false, 1},
		{"empty", [][]byte{{}}, false, 0},
		{"behind the end", [][]byte{append(bytes.Clone(good), 0)}, false, 0},
		{"fee one unit short", [][]byte{sign(t, half, key)}, false, 0},
		{"no fee", [][]byte{sign(t, free, key), good}, false, 1},
		{"no gas", [][]byte{sign(t, noGas, key)}, false, 0},
		{"more gas than a block has", [][]byte{sign(t, tooMuchGas, key)}, false, 0},
		{"more gas together", [][]byte{sign(t, half2, key), sign(t, half2, key), good}, false, 2},
		{"more bytes than a block has", [][]byte{sign(t, long, key)}, false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := app.accepts(t, test.txs...); got != test.accept {
				t.Errorf("accepted: %v, want %v", got, test.accept)
			}
			kept := app.prepare(t, 1<<20, test.txs...)
			if len(kept) != test.kept || !app.accepts(t, kept...) {
				t.Errorf("proposer kept %d, want %d, and they must be accepted", len(kept), test.kept)
			}
		})
	}
	three := cmttypes.ComputeProtoSizeForTxs([]cmttypes.Tx{good, good, good})
	if kept := app.prepare(t, three-1, good, good, good); len(kept) != 2 {
		t.Errorf("kept %d transactions where 2 fit", len(kept))
	}
}

// TestProposalAgrees: whatever is in the mempool, every node accepts what any node proposes.
func TestProposalAgrees(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 2))
	app, key := newBare(t, testGenesis(t, 3)), testchain.Keys(2)[1]
	app.block(t)
	for range 200 {
		count := random.IntN(12)
		txs := make([][]byte, 0, count)
		for range count {
			order := testOrder(random.Uint64N(20_000_000))
			if random.IntN(4) == 0 {
				order.Fee = order.Fee.QuoRaw(2)
			}
			raw := sign(t, order, key)
			if random.IntN(4) == 0 {
				raw[random.IntN(len(raw))] ^= byte(1 + random.IntN(255))
			}
			txs = append(txs, raw)
		}
		kept := app.prepare(t, random.Int64N(4_000), txs...)
		if !app.accepts(t, kept...) {
			t.Fatalf("own proposal of %d of %d transactions refused", len(kept), len(txs))
		}
	}
}

// TestAnteRefuses sends transactions into a block regardless of proposals, as a majority of faulty validators might.
func TestAnteRefuses(t *testing.T) {
	key, stranger := testchain.Keys(2)[1], testchain.Keys(99)[98]
	fields := map[string]struct {
		change func(*client.Order)
		want   uint32
	}{
		"chain id":       {func(o *client.Order) { o.ChainID = "ayni_2-1" }, sdkerrors.ErrUnauthorized.ABCICode()},
		"account number": {func(o *client.Order) { o.Number++ }, sdkerrors.ErrUnauthorized.ABCICode()},
		"sequence":       {func(o *client.Order) { o.Sequence++ }, sdkerrors.ErrWrongSequence.ABCICode()},
		"fee":            {func(o *client.Order) { o.Fee = o.Fee.SubRaw(1) }, sdkerrors.ErrInsufficientFee.ABCICode()},
		"gas":            {func(o *client.Order) { o.Gas, o.Fee = 50, math.NewInt(50*price) }, sdkerrors.ErrOutOfGas.ABCICode()},
		"no fee":         {func(o *client.Order) { o.Fee = math.ZeroInt() }, fee.ErrQuota.ABCICode()},
		"somebody else's": {func(o *client.Order) {
			o.Messages = []sdk.Msg{send(accountAddress(2), accountAddress(1), 1)}
		}, sdkerrors.ErrInvalidPubKey.ABCICode()},
		"votes are no money": {func(o *client.Order) {
			msg := send(accountAddress(1), accountAddress(2), 1)
			msg.Amount = sdk.NewCoins(sdk.NewInt64Coin("stake", 1))
			o.Messages = []sdk.Msg{msg}
		}, 5}, // bank: send is disabled for the denomination
	}
	for name, test := range fields {
		t.Run(name, func(t *testing.T) {
			app := newBare(t, testGenesis(t, 3))
			app.block(t)
			order := app.order(t, key, send(accountAddress(1), accountAddress(2), 1))
			before := app.hash()
			test.change(&order)
			result := app.block(t, sign(t, order, key))[0]
			if result.Code != test.want {
				t.Fatalf("code %d (%s), want %d", result.Code, result.Log, test.want)
			}
			if name != "votes are no money" && name != "gas" && !bytes.Equal(before, app.hash()) {
				t.Error("a refused transaction changed the state")
			}
		})
	}
	t.Run("every bit", func(t *testing.T) {
		app := newBare(t, testGenesis(t, 3))
		app.block(t)
		raw := sign(t, app.order(t, key, send(accountAddress(1), accountAddress(2), 1)), key)
		before := app.hash()
		for i := range len(raw) * 8 {
			bad := bytes.Clone(raw)
			bad[i/8] ^= 1 << (i % 8)
			result, err := app.CheckTx(&abci.RequestCheckTx{Tx: bad, Type: abci.CheckTxType_New})
			if err != nil {
				t.Fatal(err)
			}
			if result.Code == abci.CodeTypeOK {
				t.Fatalf("bit %d changed and accepted", i)
			}
		}
		if !bytes.Equal(before, app.hash()) {
			t.Error("state changed")
		}
		if result := app.block(t, raw)[0]; result.Code != abci.CodeTypeOK {
			t.Fatalf("untouched transaction refused: %s", result.Log)
		}
		if result := app.block(t, raw)[0]; result.Code != sdkerrors.ErrWrongSequence.ABCICode() {
			t.Fatalf("replayed transaction: code %d", result.Code)
		}
	})
	t.Run("more than it has", func(t *testing.T) {
		app := newBare(t, testGenesis(t, 3))
		app.block(t)
		order := app.order(t, key)
		all := send(accountAddress(1), accountAddress(2), 1)
		all.Amount = credit.Coins(testchain.Credits(100).Sub(order.Fee))
		order.Messages = []sdk.Msg{all}
		if result := app.block(t, sign(t, order, key))[0]; result.Code != abci.CodeTypeOK {
			t.Fatal(result.Log)
		}
		order = app.order(t, key, send(accountAddress(1), accountAddress(2), 1))
		if result := app.block(t, sign(t, order, key))[0]; result.Code != sdkerrors.ErrInsufficientFunds.ABCICode() {
			t.Fatalf("code %d (%s)", result.Code, result.Log)
		}
	})
	t.Run("account without credits", func(t *testing.T) {
		app := newBare(t, testGenesis(t, 3))
		app.block(t)
		order := app.order(t, stranger, send(ethkey.Format(stranger.PubKey().Address()), accountAddress(1), 1))
		if result := app.block(t, sign(t, order, stranger))[0]; result.Code == abci.CodeTypeOK {
			t.Fatal("accepted")
		}
	})
}

// TestModuleAccountsAreClosed: nobody sends to the escrow or to the bonds by hand.
func TestModuleAccountsAreClosed(t *testing.T) {
	app, key := newBare(t, testGenesis(t, 3)), testchain.Keys(2)[1]
	app.block(t)
	for _, name := range []string{"credit", "provider", "fee_collector", "council"} {
		target := ethkey.Format(app.Keepers.Account.GetModuleAddress(name))
		result := app.block(t, sign(t, app.order(t, key, send(accountAddress(1), target, 1)), key))[0]
		if result.Code != sdkerrors.ErrUnauthorized.ABCICode() {
			t.Errorf("%s: code %d (%s)", name, result.Code, result.Log)
		}
	}
}

// BenchmarkSend is the whole cost of a payment on one node: check, execution and commit, 500 to a block.
func BenchmarkSend(b *testing.B) {
	const accounts = 500
	genesis := testGenesis(b, accounts)
	keys := testchain.Keys(accounts)
	app := newBare(b, genesis)
	app.block(b)
	var sequence uint64
	batch := func() [][]byte {
		txs := make([][]byte, 0, accounts)
		price := app.price(b) // full blocks raise it
		for i, key := range keys {
			order := testOrder(120_000)
			order.Fee = price.MulRaw(120_000)
			order.Number, order.Sequence = uint64(i), sequence
			order.Messages = []sdk.Msg{send(ethkey.Format(key.PubKey().Address()), accountAddress(0), 1)}
			txs = append(txs, sign(b, order, key))
		}
		sequence++
		return txs
	}
	sent := 0
	for b.Loop() {
		b.StopTimer()
		txs := batch()
		b.StartTimer()
		for chunk := range slices.Chunk(txs, accounts) {
			for _, tx := range chunk {
				if result, err := app.CheckTx(&abci.RequestCheckTx{Tx: tx}); err != nil || result.Code != 0 {
					b.Fatal(err, result)
				}
			}
			for _, result := range app.block(b, chunk...) {
				if result.Code != 0 {
					b.Fatal(result.Log)
				}
			}
		}
		sent += len(txs)
	}
	b.ReportMetric(float64(sent)/b.Elapsed().Seconds(), "tx/s")
}

// FuzzProposal: whatever comes as a transaction, the proposer keeps what every node accepts and nothing else, and a block of it
// can be executed.
func FuzzProposal(f *testing.F) {
	app, signer := newBare(f, testGenesis(f, 3)), testchain.Keys(2)[1]
	app.block(f)
	app.grant(f, accountAddress(1), 1_000_000)
	good, unpaid := testOrder(200_000), testOrder(300_000)
	unpaid.Fee = math.ZeroInt()
	f.Add(sign(f, good, signer), sign(f, unpaid, signer))
	f.Add(sign(f, unpaid, signer), sign(f, unpaid, signer))
	f.Add([]byte("junk"), []byte{})
	f.Add(reform(f, good, signer, func(f *tx.Fee) { f.Granter = "nobody" }), reform(f, unpaid, signer, func(f *tx.Fee) { f.Payer = "x" }))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		all := [][]byte{first, second}
		kept := app.prepare(t, 1<<20, all...)
		if !app.accepts(t, kept...) {
			t.Fatal("own proposal refused")
		}
		if whole := len(kept) == len(all); whole != app.accepts(t, all...) {
			t.Fatalf("kept %d of 2, the block of both accepted: %v", len(kept), !whole)
		}
		app.block(t, all...) // as a faulty majority would make it: a failure ends the test
	})
}
