package chain_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/math"

	dbm "github.com/cosmos/cosmos-db"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/chain"
	"ayni.example/client"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/testchain"
	"ayni.example/x/credit"
	"ayni.example/x/provider"
)

var update = flag.Bool("update-golden", false, "rewrite golden files") // a dependency has taken "update"

// genesisTime is fixed, so that golden files are.
var genesisTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// bare is an application without consensus, driven block by block.
type bare struct {
	*chain.App
	genesis *cmttypes.GenesisDoc
	height  int64
	now     time.Time
}

func testGenesis(tb testing.TB, accounts int) *cmttypes.GenesisDoc {
	tb.Helper()
	keys := testchain.Keys(accounts)
	admin := ethkey.Format(keys[0].PubKey().Address())
	money, machines := credit.DefaultParams(), provider.DefaultParams()
	money.ChallengeBlocksMin, money.ChallengeSecondsMin = 2, 2
	machines.UnbondingBlocks, machines.UnbondingSeconds = 3, 3
	cfg := chain.GenesisConfig{
		ChainID: testchain.ChainID, Time: genesisTime, Admin: admin, Credit: &money, Provider: &machines,
		Validators: []chain.GenesisValidator{{
			Name: "first", Operator: admin, Key: cmted25519.GenPrivKeyFromSecret([]byte("first")).PubKey(), Power: 10,
		}},
		Issuers: []credit.Issuer{{Address: admin, Quota: testchain.Credits(1_000), PeriodSeconds: 60, Issued: math.ZeroInt()}},
	}
	for _, key := range keys {
		cfg.Accounts = append(cfg.Accounts, chain.GenesisAccount{
			Address: ethkey.Format(key.PubKey().Address()), Balance: testchain.Credits(100),
		})
	}
	doc, err := chain.NewGenesis(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

// newBare loads a genesis into a new application; its first block is still to come.
func newBare(tb testing.TB, genesis *cmttypes.GenesisDoc) *bare {
	tb.Helper()
	return newBareSeat(tb, genesis, nil)
}

// newBareSeat contributes to the beacon with a key.
func newBareSeat(tb testing.TB, genesis *cmttypes.GenesisDoc, key ed25519.PrivateKey) *bare {
	tb.Helper()
	return newBareWith(tb, genesis, chain.AppConfig{BeaconKey: key})
}

// newBareWith makes an application with the database and the chain's id still to be set.
func newBareWith(tb testing.TB, genesis *cmttypes.GenesisDoc, cfg chain.AppConfig) *bare {
	tb.Helper()
	cfg.ChainID, cfg.DB = genesis.ChainID, dbm.NewMemDB()
	app, err := chain.NewApp(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	params := genesis.ConsensusParams.ToProto()
	validators := make([]*cmttypes.Validator, 0, len(genesis.Validators))
	for _, v := range genesis.Validators {
		validators = append(validators, cmttypes.NewValidator(v.PubKey, v.Power))
	}
	if _, err := app.InitChain(&abci.RequestInitChain{
		Time: genesis.GenesisTime, ChainId: genesis.ChainID, InitialHeight: genesis.InitialHeight, ConsensusParams: &params,
		Validators: cmttypes.TM2PB.ValidatorUpdates(cmttypes.NewValidatorSet(validators)), AppStateBytes: genesis.AppState,
	}); err != nil {
		tb.Fatal(err)
	}
	return &bare{App: app, genesis: genesis, height: genesis.InitialHeight - 1, now: genesis.GenesisTime}
}

// block runs transactions as the next block, a second after the last, and commits.
func (b *bare) block(tb testing.TB, txs ...[]byte) []*abci.ExecTxResult {
	tb.Helper()
	b.height, b.now = b.height+1, b.now.Add(time.Second)
	hash := sha256.Sum256(fmt.Append(nil, b.height))
	result, err := b.FinalizeBlock(&abci.RequestFinalizeBlock{
		Txs: txs, Height: b.height, Time: b.now, Hash: hash[:], ProposerAddress: b.genesis.Validators[0].Address,
	})
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := b.Commit(); err != nil {
		tb.Fatal(err)
	}
	return result.TxResults
}

func (b *bare) hash() []byte { return b.LastCommitID().Hash }

// order is a transaction of an account with the sequence that the committed state expects.
func (b *bare) order(tb testing.TB, key *ethkey.PrivKey, msgs ...sdk.Msg) client.Order {
	tb.Helper()
	const gas = 3_000_000 // a model is registered for less
	order := client.Order{
		ChainID: b.genesis.ChainID, Gas: gas, Messages: msgs,
	}
	if b.LastBlockHeight() == 0 {
		tb.Fatal("order before the first block")
	}
	order.Fee = b.price(tb).MulRaw(gas)
	ctx, err := b.CreateQueryContext(b.LastBlockHeight(), false)
	if err != nil {
		tb.Fatal(err)
	}
	if account := b.Keepers.Account.GetAccount(ctx, sdk.AccAddress(key.PubKey().Address())); account != nil {
		order.Number, order.Sequence = account.GetAccountNumber(), account.GetSequence()
	}
	return order
}

func sign(tb testing.TB, order client.Order, key *ethkey.PrivKey) []byte {
	tb.Helper()
	raw, err := order.Sign(key)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Fatalf("%s differs from what the code gives; look at the change, then run with -update-golden:\n%s", path, got)
	}
}

// TestDefaultGenesis shows every change of a default in review.
func TestDefaultGenesis(t *testing.T) {
	doc := testGenesis(t, 2)
	raw, err := json.MarshalIndent(doc.AppState, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "genesis.json", append(raw, '\n'))
}

// TestMessages lists every message with the field that names its signer, so that a new one is placed by a person.
func TestMessages(t *testing.T) {
	app := newBare(t, testGenesis(t, 2))
	var lines []string
	for _, url := range app.Encoding.Registry.ListImplementations(sdk.MsgInterfaceProtoName) {
		if app.MsgServiceRouter().HandlerByTypeURL(url) != nil {
			lines = append(lines, fmt.Sprintf("%s\t%s", url, signerField(t, app.App, url)))
		}
	}
	slices.Sort(lines)
	golden(t, "messages.txt", []byte(strings.Join(lines, "\n")+"\n"))
}

// TestGenesisRoundTrip: the state of a random ledger, exported and imported twice, goes on as the ledger itself does.
func TestGenesisRoundTrip(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	sim := newSimulation(t, seed)
	for range 30 {
		sim.step(t)
	}
	ledger := sim.apps[0]
	first := newBare(t, exportOf(t, ledger))
	second := newBare(t, exportOf(t, ledger))
	first.block(t)
	second.block(t)
	if !bytes.Equal(first.hash(), second.hash()) {
		t.Fatalf("two imports of one export have the states %x and %x", first.hash(), second.hash())
	}
	if err := first.Invariants(); err != nil {
		t.Fatal(err)
	}
	ledger.block(t) // a block does what is due, here as there
	again := exportOf(t, first)
	if want := exportOf(t, ledger); !bytes.Equal(want.AppState, again.AppState) {
		t.Fatalf("export, import, export differs:\n%s\n%s", want.AppState, again.AppState)
	}
	third := newBare(t, again)
	ledger.block(t)
	third.block(t)
	if want, got := exportOf(t, ledger), exportOf(t, third); !bytes.Equal(want.AppState, got.AppState) {
		t.Fatalf("the second import goes on otherwise:\n%s\n%s", want.AppState, got.AppState)
	}
}

func exportOf(tb testing.TB, app *bare) *cmttypes.GenesisDoc {
	tb.Helper()
	doc, err := app.Export(app.genesis.ChainID, app.now)
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

func TestGenesisCodec(t *testing.T) {
	doc := testGenesis(t, 2)
	raw, err := chain.EncodeGenesis(doc)
	if err != nil {
		t.Fatal(err)
	}
	back, err := chain.DecodeGenesis(raw)
	if err != nil || back.ChainID != doc.ChainID {
		t.Fatalf("decode: %v", err)
	}
	for name, bad := range map[string][]byte{
		"white space": append([]byte(" "), raw...), "behind": append(bytes.Clone(raw), '\n'), "empty": nil,
		"unknown field": append([]byte(`{"x":1,`), raw[1:]...), "cut": raw[:len(raw)-1],
		"chain id": bytes.Replace(raw, []byte(testchain.ChainID), []byte("cosmoshub-4"), 1),
	} {
		if _, err := chain.DecodeGenesis(bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzDecodeGenesis(f *testing.F) {
	raw, err := chain.EncodeGenesis(testGenesis(f, 2))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"chain_id":"ayni_1-1","validators":[{}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := chain.DecodeGenesis(raw)
		if err != nil {
			return
		}
		again, err := chain.EncodeGenesis(doc)
		if err != nil || !bytes.Equal(raw, again) {
			t.Fatalf("encodes to other bytes: %v", err)
		}
	})
}
