package chain_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/math"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"

	"ayni.example/chain"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/testchain"
	"ayni.example/x/council"
	"ayni.example/x/credit"
)

const councilSeats = 4

func seatKey(i int) cmted25519.PrivKey {
	return cmted25519.GenPrivKeyFromSecret(fmt.Append(nil, "seat ", i))
}

// councilGenesis is of a network of four organisations whose council is admin of everything.
func councilGenesis(tb testing.TB) *cmttypes.GenesisDoc {
	tb.Helper()
	params := council.DefaultParams()
	params.AbsentBlocks, params.AbsentSeconds, params.JailSeconds = 5, 5, 5
	cfg := chain.GenesisConfig{ChainID: testchain.ChainID, Time: genesisTime, Admin: chain.CouncilAddress(), Council: &params}
	for i, key := range testchain.Keys(councilSeats + 1) {
		address := ethkey.Format(key.PubKey().Address())
		cfg.Accounts = append(cfg.Accounts, chain.GenesisAccount{Address: address, Balance: testchain.Credits(100)})
		if i < councilSeats {
			cfg.Validators = append(cfg.Validators, chain.GenesisValidator{
				Name: fmt.Sprint("seat ", i), Operator: address, Key: seatKey(i).PubKey(), Power: 10, Peer: fmt.Sprintf("%040x@host:%d", i, i),
			})
		}
	}
	doc, err := chain.NewGenesis(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

// finalize runs a block with what consensus tells of: the votes of the last one, but for the absent, and evidence.
func (b *bare) finalize(
	tb testing.TB, absent map[int]bool, evidence []abci.Misbehavior, txs ...[]byte,
) *abci.ResponseFinalizeBlock {
	tb.Helper()
	b.height, b.now = b.height+1, b.now.Add(time.Second)
	hash := sha256.Sum256(fmt.Append(nil, b.height))
	request := &abci.RequestFinalizeBlock{
		Txs: txs, Height: b.height, Time: b.now, Hash: hash[:], ProposerAddress: seatKey(0).PubKey().Address(), Misbehavior: evidence,
	}
	for i := range councilSeats {
		flag := cmtproto.BlockIDFlagCommit
		if absent[i] {
			flag = cmtproto.BlockIDFlagAbsent
		}
		request.DecidedLastCommit.Votes = append(request.DecidedLastCommit.Votes, abci.VoteInfo{
			Validator: abci.Validator{Address: seatKey(i).PubKey().Address(), Power: 10}, BlockIdFlag: flag,
		})
	}
	result, err := b.FinalizeBlock(request)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := b.Commit(); err != nil {
		tb.Fatal(err)
	}
	if err := b.Invariants(); err != nil {
		tb.Fatal(err)
	}
	return result
}

// tx is a transaction of the index-th account.
func (b *bare) tx(tb testing.TB, index int, msgs ...sdk.Msg) []byte {
	tb.Helper()
	key := testchain.Keys(councilSeats + 1)[index]
	return sign(tb, b.order(tb, key, msgs...), key)
}

func proposal(tb testing.TB, msgs ...sdk.Msg) *council.MsgPropose {
	tb.Helper()
	p := &council.MsgPropose{Proposer: accountAddress(0), Summary: "a test"}
	for _, msg := range msgs {
		packed, err := codectypes.NewAnyWithValue(msg)
		if err != nil {
			tb.Fatal(err)
		}
		p.Messages = append(p.Messages, packed)
	}
	return p
}

// decide has three seats of four say yes in one block each.
func (b *bare) decide(tb testing.TB, id uint64, msgs ...sdk.Msg) *abci.ResponseFinalizeBlock {
	tb.Helper()
	b.succeed(tb, b.tx(tb, 0, proposal(tb, msgs...)))
	b.succeed(tb, b.tx(tb, 1, &council.MsgVote{Voter: accountAddress(1), Proposal: id, Yes: true}))
	return b.succeed(tb, b.tx(tb, 2, &council.MsgVote{Voter: accountAddress(2), Proposal: id, Yes: true}))
}

func (b *bare) succeed(tb testing.TB, raw []byte) *abci.ResponseFinalizeBlock {
	tb.Helper()
	result := b.finalize(tb, nil, nil, raw)
	if r := result.TxResults[0]; r.Code != abci.CodeTypeOK {
		tb.Fatalf("code %d: %s", r.Code, r.Log)
	}
	return result
}

func (b *bare) seats(tb testing.TB) []council.Seat {
	tb.Helper()
	ctx, err := b.CreateQueryContext(b.LastBlockHeight(), false)
	if err != nil {
		tb.Fatal(err)
	}
	seats, err := b.Keepers.Council.Seats(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	return seats
}

// TestCouncilDecides: three of four seats act as admin and authority of other modules, and admit a fifth.
func TestCouncilDecides(t *testing.T) {
	app := newBare(t, councilGenesis(t))
	app.finalize(t, nil, nil)
	authority := chain.CouncilAddress()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))
	public := []byte(key.Public().(ed25519.PublicKey))
	operator := testchain.Keys(councilSeats + 1)[4].PubKey().Address()
	result := app.decide(t, 1,
		&credit.MsgSetIssuer{Admin: authority, Issuer: accountAddress(4), Quota: testchain.Credits(5), PeriodSeconds: 60},
		&council.MsgAdmit{
			Authority: authority, Operator: accountAddress(4), Name: "fifth", ConsensusKey: public, Power: 7,
			Proof: ed25519.Sign(key, council.Possession(testchain.ChainID, operator, public)),
		},
		&consensustypes.MsgUpdateParams{
			Authority: authority, Block: &cmtproto.BlockParams{MaxBytes: 1 << 20, MaxGas: 40_000_000},
			Evidence:  &cmtproto.EvidenceParams{MaxAgeNumBlocks: 30_000, MaxAgeDuration: time.Hour, MaxBytes: 1 << 16},
			Validator: &cmtproto.ValidatorParams{PubKeyTypes: []string{cmttypes.ABCIPubKeyTypeEd25519}},
		},
	)
	if u := result.ValidatorUpdates; len(u) != 1 || u[0].Power != 7 || !bytes.Equal(u[0].PubKey.GetEd25519(), public) {
		t.Fatalf("consensus was told %v", u)
	}
	if p := result.ConsensusParamUpdates; p == nil || p.Block.MaxBytes != 1<<20 {
		t.Fatalf("consensus parameters %v", p)
	}
	issue := &credit.MsgIssue{Issuer: accountAddress(4), Recipient: accountAddress(3), Amount: math.OneInt()}
	app.succeed(t, app.tx(t, 4, issue))
	if len(app.seats(t)) != councilSeats+1 {
		t.Fatalf("seats %v", app.seats(t))
	}
}

// TestCouncilJails: evidence and absence, as consensus tells of them, take a seat out of the set; an export of any moment in
// between goes on alike.
func TestCouncilJails(t *testing.T) {
	app := newBare(t, councilGenesis(t))
	app.finalize(t, nil, nil)
	app.succeed(t, app.tx(t, 0, proposal(t, &council.MsgSetPower{
		Authority: chain.CouncilAddress(), Operator: accountAddress(1), Power: 3,
	})))
	forged := abci.Misbehavior{
		Type: abci.MisbehaviorType_DUPLICATE_VOTE, Height: 1, Time: app.now, Validator: abci.Validator{Address: make([]byte, 20), Power: 10},
	}
	if u := app.finalize(t, nil, []abci.Misbehavior{forged}).ValidatorUpdates; len(u) != 0 {
		t.Fatalf("evidence about nobody: %v", u)
	}
	genuine := forged
	genuine.Validator.Address = seatKey(3).PubKey().Address()
	u := app.finalize(t, nil, []abci.Misbehavior{genuine}).ValidatorUpdates
	if len(u) != 1 || u[0].Power != 0 || !bytes.Equal(u[0].PubKey.GetEd25519(), seatKey(3).PubKey().Bytes()) {
		t.Fatalf("consensus was told %v", u)
	}
	app.goesOn(t, 3)
	away := map[int]bool{2: true}
	for app.height < 14 {
		if u := app.finalize(t, away, nil).ValidatorUpdates; len(u) != 0 {
			t.Fatalf("told at height %d: %v", app.height, u)
		}
	}
	app.goesOn(t, 3)
	if u := app.finalize(t, away, nil).ValidatorUpdates; len(u) != 1 || u[0].Power != 0 {
		t.Fatalf("after an absence: %v", u)
	}
	app.goesOn(t, 2)
	for range 5 {
		app.finalize(t, nil, nil)
	}
	back := app.succeed(t, app.tx(t, 2, &council.MsgReturn{Operator: accountAddress(2)}))
	if u := back.ValidatorUpdates; len(u) != 1 || u[0].Power != 10 {
		t.Fatalf("after the return: %v", u)
	}
	app.goesOn(t, 3)
}

// goesOn exports the state and begins another ledger with it, which has so many validators and the same state.
func (b *bare) goesOn(t *testing.T, validators int) {
	t.Helper()
	doc := exportOf(t, b)
	if len(doc.Validators) != validators {
		t.Fatalf("%d validators are exported, want %d", len(doc.Validators), validators)
	}
	again := newBare(t, doc)
	again.block(t)
	if err := again.Invariants(); err != nil {
		t.Fatal(err)
	}
	if second := exportOf(t, again); !bytes.Equal(doc.AppState, second.AppState) {
		t.Fatalf("export, import, export differs:\n%s\n%s", doc.AppState, second.AppState)
	}
}

// TestIdleCouncilIsQuiet: votes that come, or are late now and then, change no state.
func TestIdleCouncilIsQuiet(t *testing.T) {
	app := newBare(t, councilGenesis(t))
	for app.height < 20 {
		app.finalize(t, nil, nil)
	}
	hash := app.hash()
	for app.height < 29 {
		app.finalize(t, map[int]bool{1: app.height%2 == 0}, nil)
		if !bytes.Equal(hash, app.hash()) {
			t.Fatalf("state changed at height %d", app.height)
		}
	}
}

// TestGenesisSeatsAreTheValidators: a genesis whose validators are not its active seats is refused.
func TestGenesisSeatsAreTheValidators(t *testing.T) {
	if err := chain.CheckGenesis(councilGenesis(t)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*cmttypes.GenesisDoc, *council.GenesisState){
		"another power": func(doc *cmttypes.GenesisDoc, _ *council.GenesisState) { doc.Validators[0].Power = 11 },
		"one less":      func(doc *cmttypes.GenesisDoc, _ *council.GenesisState) { doc.Validators = doc.Validators[1:] },
		"another key": func(_ *cmttypes.GenesisDoc, g *council.GenesisState) {
			g.Seats[0].ConsensusKey = seatKey(9).PubKey().Bytes()
		},
		"jailed":     func(_ *cmttypes.GenesisDoc, g *council.GenesisState) { g.Seats[0].Status = council.StatusAbsent },
		"no seat":    func(_ *cmttypes.GenesisDoc, g *council.GenesisState) { g.Seats, g.Keys = nil, nil },
		"seat twice": func(_ *cmttypes.GenesisDoc, g *council.GenesisState) { g.Seats = append(g.Seats, g.Seats[0]) },
	} {
		doc := councilGenesis(t)
		app := newBare(t, doc)
		var state map[string]json.RawMessage
		if err := json.Unmarshal(doc.AppState, &state); err != nil {
			t.Fatal(err)
		}
		var g council.GenesisState
		app.Encoding.Codec.MustUnmarshalJSON(state[council.ModuleName], &g)
		change(doc, &g)
		state[council.ModuleName] = app.Encoding.Codec.MustMarshalJSON(&g)
		raw, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		doc.AppState = raw
		if err := chain.CheckGenesis(doc); !errors.Is(err, chain.ErrGenesis) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
