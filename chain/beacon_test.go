package chain_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"ayni.example/chain"
	"ayni.example/internal/testchain"
	"ayni.example/internal/vrf"
	"ayni.example/x/beacon"
)

// scripted is consensus by a script: each of several applications is a seat with a key of its own; a test says who proposes,
// what becomes of the proposal and which votes arrive. Everything but the voting is the applications' own.
type scripted struct {
	apps    []*bare
	keys    []ed25519.PrivateKey
	votes   []abci.ExtendedVoteInfo // for the last block
	silent  []bool                  // seats whose votes carry no proof
	results []*abci.ExecTxResult
	decided [][][]byte // all blocks
}

// beaconGenesis has n seats, whose operators are the first accounts.
func beaconGenesis(tb testing.TB, keys []cmttypes.PrivValidator) *cmttypes.GenesisDoc {
	tb.Helper()
	params := beacon.DefaultParams()
	params.WindowBlocks, params.WindowSeconds = 4, 4
	cfg := chain.GenesisConfig{ChainID: testchain.ChainID, Time: genesisTime, Admin: accountAddress(0), Beacon: &params}
	for i, key := range keys {
		public, err := key.GetPubKey()
		if err != nil {
			tb.Fatal(err)
		}
		cfg.Accounts = append(cfg.Accounts, chain.GenesisAccount{Address: accountAddress(i), Balance: testchain.Credits(100)})
		cfg.Validators = append(cfg.Validators, chain.GenesisValidator{
			Name: fmt.Sprint("seat ", i), Operator: accountAddress(i), Key: public, Power: 10,
		})
	}
	doc, err := chain.NewGenesis(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

func newScripted(tb testing.TB, seats int) *scripted {
	tb.Helper()
	signers := make([]cmttypes.PrivValidator, seats)
	for i := range signers {
		signers[i] = cmttypes.NewMockPVWithParams(cmted25519.GenPrivKeyFromSecret(fmt.Append(nil, "seat ", i)), false, false)
	}
	genesis := beaconGenesis(tb, signers)
	s := &scripted{silent: make([]bool, seats)}
	for i := range seats {
		seed := sha256.Sum256(fmt.Append(nil, "beacon ", i))
		s.keys = append(s.keys, ed25519.NewKeyFromSeed(seed[:]))
		s.apps = append(s.apps, newBareSeat(tb, genesis, s.keys[i]))
	}
	s.mustBlock(tb, 0)
	txs := make([][]byte, 0, seats)
	for i, key := range testchain.Keys(seats) {
		msg, err := chain.RegisterBeaconKey(testchain.ChainID, accountAddress(i), s.keys[i])
		if err != nil {
			tb.Fatal(err)
		}
		txs = append(txs, sign(tb, s.apps[0].order(tb, key, msg), key))
	}
	s.mustBlock(tb, 0, txs...)
	return s
}

// proposal is what a seat would propose next.
func (s *scripted) proposal(tb testing.TB, proposer int, mempool ...[]byte) [][]byte {
	tb.Helper()
	app := s.apps[proposer]
	prepared, err := app.PrepareProposal(&abci.RequestPrepareProposal{
		MaxTxBytes: 1 << 20, Txs: mempool, Height: app.height + 1, Time: app.now.Add(time.Second),
		LocalLastCommit: abci.ExtendedCommitInfo{Votes: s.votes},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return prepared.Txs
}

// accepted tells whether all seats vote for a proposal; they must agree.
func (s *scripted) accepted(tb testing.TB, txs [][]byte) bool {
	tb.Helper()
	yes := s.apps[0].accepts(tb, txs...)
	for _, app := range s.apps[1:] {
		if app.accepts(tb, txs...) != yes {
			tb.Fatal("seats disagree on a proposal")
		}
	}
	return yes
}

// decide votes for a proposal, collects what the votes carry and runs the block on all applications, which must stay equal.
func (s *scripted) decide(tb testing.TB, txs [][]byte) {
	tb.Helper()
	s.votes, s.decided = nil, append(s.decided, txs)
	for i := range s.apps {
		vote := abci.ExtendedVoteInfo{BlockIdFlag: cmtproto.BlockIDFlagCommit, VoteExtension: s.extension(tb, i)}
		if s.silent[i] {
			vote.VoteExtension = nil
		}
		for j, other := range s.apps {
			if j != i && !other.verifies(tb, vote.VoteExtension) {
				tb.Fatalf("seat %d refuses the vote of seat %d", j, i)
			}
		}
		s.votes = append(s.votes, vote)
	}
	for i, app := range s.apps {
		results := app.block(tb, txs...)
		if i == 0 {
			s.results = results
		}
		if !bytes.Equal(app.hash(), s.apps[0].hash()) {
			tb.Fatalf("seat %d has another state at height %d", i, app.height)
		}
	}
	if err := s.apps[0].Invariants(); err != nil {
		tb.Fatal(err)
	}
}

func (s *scripted) extension(tb testing.TB, seat int) []byte {
	tb.Helper()
	app := s.apps[seat]
	response, err := app.ExtendVote(tb.Context(), &abci.RequestExtendVote{Height: app.height + 1, Time: app.now})
	if err != nil {
		tb.Fatal(err)
	}
	return response.VoteExtension
}

func (b *bare) verifies(tb testing.TB, extension []byte) bool {
	tb.Helper()
	response, err := b.VerifyVoteExtension(&abci.RequestVerifyVoteExtension{Height: b.height + 1, VoteExtension: extension})
	if err != nil {
		tb.Fatal(err)
	}
	return response.Status == abci.ResponseVerifyVoteExtension_ACCEPT
}

// mustBlock is a block as an honest proposer makes it.
func (s *scripted) mustBlock(tb testing.TB, proposer int, mempool ...[]byte) {
	tb.Helper()
	txs := s.proposal(tb, proposer, mempool...)
	if !s.accepted(tb, txs) {
		tb.Fatal("an honest proposal is refused")
	}
	s.decide(tb, txs)
	for i, result := range s.results {
		if result.Code != 0 && !beacon.IsEntry(txs[i]) {
			tb.Fatalf("transaction %d: %s", i, result.Log)
		}
	}
}

// open asks for a round and goes on until the votes carry its proofs.
func (s *scripted) open(tb testing.TB) beacon.Round {
	tb.Helper()
	key := testchain.Keys(1)[0]
	s.mustBlock(tb, 0, sign(tb, s.apps[0].order(tb, key, &beacon.MsgRequest{Sender: accountAddress(0)}), key))
	s.mustBlock(tb, 1%len(s.apps))
	s.mustBlock(tb, 0)
	r := s.apps[0].lastRound(tb)
	if !r.Open() {
		tb.Fatalf("round %d is not open", r.Number)
	}
	return r
}

func (b *bare) lastRound(tb testing.TB) beacon.Round {
	tb.Helper()
	ctx, err := b.CreateQueryContext(b.LastBlockHeight(), false)
	if err != nil {
		tb.Fatal(err)
	}
	last, err := b.Keepers.Beacon.Last.Get(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	r, err := b.Keepers.Beacon.Rounds.Get(ctx, last)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func TestBeaconOfFour(t *testing.T) {
	s := newScripted(t, 4)
	r := s.open(t)
	s.mustBlock(t, 2)
	closed := s.apps[3].lastRound(t)
	if closed.Number != r.Number || closed.Contributions() != 4 {
		t.Fatalf("round %d with %d contributions", closed.Number, closed.Contributions())
	}
	if err := closed.Verify(); err != nil {
		t.Fatal(err)
	}
	// Without a seat it closes at the deadline, and the seat is told of.
	s.silent[1] = true
	second := s.open(t)
	for s.apps[0].lastRound(t).Open() {
		s.mustBlock(t, 3)
	}
	closed = s.apps[0].lastRound(t)
	if closed.Number != second.Number || !slices.Equal(closed.Missing(), []string{accountAddress(1)}) {
		t.Fatalf("round %d closed without %v", closed.Number, closed.Missing())
	}
}

// TestProposerTampers: of what a proposer can do with proofs, all but leaving them out is refused, and that delays them alone.
func TestProposerTampers(t *testing.T) {
	s := newScripted(t, 4)
	r := s.open(t)
	honest := s.proposal(t, 0)
	_, proofs, err := beacon.DecodeEntry(honest[0])
	if err != nil || len(honest) != 1 || len(proofs) != 4 {
		t.Fatalf("an honest proposer proposes %d entries and %d proofs: %v", len(honest), len(proofs), err)
	}
	key := testchain.Keys(4)[3]
	tx := sign(t, s.apps[0].order(t, key, send(accountAddress(3), accountAddress(0), 1)), key)
	forged := slices.Clone(proofs)
	forged[2].Proof[70] ^= 1
	swapped := slices.Clone(proofs)
	swapped[0].Proof, swapped[1].Proof = proofs[1].Proof, proofs[0].Proof
	for name, txs := range map[string][][]byte{
		"forged":                {beacon.EncodeEntry(r.Number, forged)},
		"swapped":               {beacon.EncodeEntry(r.Number, swapped)},
		"reordered":             {beacon.EncodeEntry(r.Number, []beacon.Proof{proofs[1], proofs[0]})},
		"duplicated":            {beacon.EncodeEntry(r.Number, []beacon.Proof{proofs[1], proofs[1]})},
		"of another round":      {beacon.EncodeEntry(r.Number+1, proofs)},
		"without a proof":       {beacon.EncodeEntry(r.Number, nil)},
		"longer":                {append(bytes.Clone(honest[0]), 0)},
		"not first":             {tx, honest[0]},
		"twice":                 {honest[0], honest[0]},
		"as many bytes as fit":  {bytes.Repeat(honest[0], 1+chain.BlockMaxBytes/len(honest[0]))},
		"the mark alone":        {honest[0][:13]},
		"a vote's extension":    {s.votes[0].VoteExtension},
		"transaction with mark": {append(bytes.Clone(honest[0][:13]), tx...)},
	} {
		if s.accepted(t, txs) {
			t.Errorf("%s: accepted", name)
		}
	}
	if !s.accepted(t, [][]byte{honest[0], tx}) {
		t.Fatal("the entry and a transaction are refused")
	}
	// Left out, in whole or in part: accepted, and the next proposer brings what is missing.
	for name, txs := range map[string][][]byte{
		"left out": nil, "two of four": {beacon.EncodeEntry(r.Number, proofs[1:3])},
	} {
		if !s.accepted(t, txs) {
			t.Fatalf("%s: refused", name)
		}
		s.decide(t, txs)
	}
	if got := s.apps[0].lastRound(t); !got.Open() || got.Contributions() != 2 {
		t.Fatalf("%d contributions", got.Contributions())
	}
	if s.accepted(t, honest) {
		t.Fatal("proofs that are in are accepted again")
	}
	s.mustBlock(t, 1)
	if got := s.apps[0].lastRound(t); got.Open() || got.Contributions() != 4 {
		t.Fatalf("round is open: %t, %d contributions", got.Open(), got.Contributions())
	}
	if s.accepted(t, honest) {
		t.Fatal("proofs for a closed round are accepted")
	}
	s.mustBlock(t, 2) // whose votes bring late proofs, which it leaves out
}

// TestVoteTampers: a vote with anything but the voter's own proof for this round is refused.
func TestVoteTampers(t *testing.T) {
	s := newScripted(t, 2)
	if !s.apps[0].verifies(t, nil) || s.apps[0].verifies(t, make([]byte, beacon.ExtensionSize)) {
		t.Fatal("while no round is open votes carry nothing")
	}
	r := s.open(t)
	good := s.extension(t, 1)
	if len(good) != beacon.ExtensionSize || !s.apps[0].verifies(t, good) {
		t.Fatalf("an honest vote of %d bytes is refused", len(good))
	}
	for bit := range 8 * len(good) {
		bad := bytes.Clone(good)
		bad[bit/8] ^= 1 << (bit % 8)
		if s.apps[0].verifies(t, bad) {
			t.Fatalf("bit %d of a vote's extension does not count", bit)
		}
	}
	_, possession, err := vrf.Prove(s.keys[1], beacon.Possession(testchain.ChainID, testchain.Keys(2)[1].PubKey().Address()))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"short": good[1:], "long": append(bytes.Clone(good), 0), "much": make([]byte, 1<<20),
		"another round": beacon.EncodeExtension(r.Number+1, beacon.Proof{Entrant: 1, Proof: [vrf.ProofSize]byte(good[10:])}),
		"possession":    beacon.EncodeExtension(r.Number, beacon.Proof{Entrant: 1, Proof: [vrf.ProofSize]byte(possession)}),
	} {
		if s.apps[0].verifies(t, bad) {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestSameProofAgain: a node that was killed after its vote and before the block votes with the same proof again.
func TestSameProofAgain(t *testing.T) {
	s := newScripted(t, 2)
	s.open(t)
	first := s.extension(t, 0)
	exported := exportOf(t, s.apps[0])
	again := newBareSeat(t, exported, s.keys[0])
	again.block(t)
	for i, other := range []*bare{s.apps[0], again} {
		response, err := other.ExtendVote(t.Context(), &abci.RequestExtendVote{Height: other.height + 1})
		if err != nil || len(first) == 0 || !bytes.Equal(response.VoteExtension, first) {
			t.Fatalf("application %d votes with %x, before with %x: %v", i, response.VoteExtension, first, err)
		}
	}
}

// TestRoundOverExport: a round that is open when the state is exported goes on in the state that is imported, to the same output.
func TestRoundOverExport(t *testing.T) {
	s := newScripted(t, 3)
	r := s.open(t)
	proofs := s.proposal(t, 0)
	_, all, err := beacon.DecodeEntry(proofs[0])
	if err != nil {
		t.Fatal(err)
	}
	s.decide(t, [][]byte{beacon.EncodeEntry(r.Number, all[:1])})
	copied := newBareSeat(t, exportOf(t, s.apps[0]), s.keys[0])
	copied.now = s.apps[0].now
	rest := beacon.EncodeEntry(r.Number, all[1:])
	s.decide(t, [][]byte{rest})
	if !copied.accepts(t, rest) {
		t.Fatal("the rest of the proofs is refused after the import")
	}
	copied.block(t, rest)
	want, got := s.apps[0].lastRound(t), copied.lastRound(t)
	if got.Open() || !bytes.Equal(got.Output, want.Output) {
		t.Fatalf("output %x, want %x", got.Output, want.Output)
	}
	if err := copied.Invariants(); err != nil {
		t.Fatal(err)
	}
	if err := got.Verify(); err != nil {
		t.Fatal(err)
	}
}

// TestBeaconFollower: an application that only runs decided blocks, as one that catches up does, ends in the same state.
func TestBeaconFollower(t *testing.T) {
	s := newScripted(t, 3)
	s.open(t)
	s.mustBlock(t, 1)
	s.silent[2] = true
	s.open(t)
	for s.apps[0].lastRound(t).Open() {
		s.mustBlock(t, 0)
	}
	follower := newBare(t, s.apps[0].genesis)
	for _, txs := range s.decided {
		follower.block(t, txs...)
	}
	if !bytes.Equal(follower.hash(), s.apps[0].hash()) {
		t.Fatal("the follower has another state")
	}
}
