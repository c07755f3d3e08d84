package council_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"

	"ayni.example/x/council"
)

func key(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func public(n byte) []byte { return key(n).Public().(ed25519.PublicKey) }

// TestProof: a proof is worth nothing for another ledger, operator or key, nor with any other bytes.
func TestProof(t *testing.T) {
	operator := bytes.Repeat([]byte{7}, 20)
	good := ed25519.Sign(key(1), council.Possession("ayni_1-1", operator, public(1)))
	flipped := bytes.Clone(good)
	flipped[40] ^= 1
	for _, tt := range []struct {
		name       string
		chain      string
		operator   []byte
		key, proof []byte
		want       error
	}{
		{"good", "ayni_1-1", operator, public(1), good, nil},
		{"another ledger", "ayni_2-1", operator, public(1), good, council.ErrProof},
		{"another operator", "ayni_1-1", bytes.Repeat([]byte{8}, 20), public(1), good, council.ErrProof},
		{"another key", "ayni_1-1", operator, public(2), good, council.ErrProof},
		{"moved boundary", "ayni_1-1\x07", operator[1:], public(1), good, council.ErrProof},
		{"flipped bit", "ayni_1-1", operator, public(1), flipped, council.ErrProof},
		{"short proof", "ayni_1-1", operator, public(1), good[1:], council.ErrInvalid},
		{"long key", "ayni_1-1", operator, append(public(1), 0), good, council.ErrInvalid},
		{"nothing", "", nil, nil, nil, council.ErrInvalid},
	} {
		if err := council.CheckProof(tt.chain, tt.operator, tt.key, tt.proof); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestQuorum at the places where integers decide.
func TestQuorum(t *testing.T) {
	for _, tt := range []struct {
		for_, against, total uint64
		accepted, hopeless   bool
	}{
		{1, 0, 1, true, false},
		{2, 1, 3, false, true},
		{3, 1, 4, true, false},
		{0, 2, 4, false, true},
		{67, 33, 100, true, false},
		{66, 34, 100, false, true},
		{200 * council.PowerMax, 0, 200 * council.PowerMax, true, false},
	} {
		if got := council.Accepted(tt.for_, tt.total); got != tt.accepted {
			t.Errorf("%d of %d: accepted %v", tt.for_, tt.total, got)
		}
		if got := council.Hopeless(tt.against, tt.total); got != tt.hopeless {
			t.Errorf("%d against of %d: hopeless %v", tt.against, tt.total, got)
		}
	}
}

func genesis() *council.GenesisState {
	g := council.DefaultGenesis()
	for n := byte(1); n <= 2; n++ {
		seat, k := council.NewSeat("operator "+string('0'+n), "name", public(n), 10)
		g.Seats, g.Keys = append(g.Seats, seat), append(g.Keys, k)
	}
	g.ProposalsMade = 2
	g.Proposals = []council.Proposal{{
		Id: 2, Proposer: "operator 1", Summary: "x", Messages: []*codectypes.Any{{TypeUrl: "/x"}}, Status: council.ProposalOpen,
	}}
	g.Votes = []council.Vote{{Proposal: 2, Voter: "operator 1", Yes: true}}
	return g
}

func TestGenesisRefuses(t *testing.T) {
	if err := genesis().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*council.GenesisState){
		"params":              func(g *council.GenesisState) { g.Params.OpenMax = 0 },
		"seats without bound": func(g *council.GenesisState) { g.Params.SeatsMax = 201 },
		"gas without bound":   func(g *council.GenesisState) { g.Params.ExecutionGas = 1 << 40 },
		"seat twice":          func(g *council.GenesisState) { g.Seats = append(g.Seats, g.Seats[0]) },
		"no operator":         func(g *council.GenesisState) { g.Seats[0].Operator = "" },
		"no power":            func(g *council.GenesisState) { g.Seats[0].Power = 0 },
		"much power":          func(g *council.GenesisState) { g.Seats[0].Power = council.PowerMax + 1 },
		"no status":           func(g *council.GenesisState) { g.Seats[0].Status = 0 },
		"unknown status":      func(g *council.GenesisState) { g.Seats[0].Status = 9 },
		"jailed and absent":   func(g *council.GenesisState) { g.Seats[0].Status, g.Seats[0].AbsentHeight = council.StatusAbsent, 5 },
		"time below zero":     func(g *council.GenesisState) { g.Seats[0].JailedTime = -1 },
		"another's key":       func(g *council.GenesisState) { g.Seats[0].ConsensusKey = public(2) },
		"key of nobody":       func(g *council.GenesisState) { g.Seats[0].ConsensusKey = public(9) },
		"retired key":         func(g *council.GenesisState) { g.Keys[0].RetiredHeight = 3 },
		"key twice":           func(g *council.GenesisState) { g.Keys = append(g.Keys, g.Keys[0]) },
		"key in use by no seat": func(g *council.GenesisState) {
			g.Keys = append(g.Keys, council.Key{Key: public(3), Operator: "operator 1"})
		},
		"short key":           func(g *council.GenesisState) { g.Keys[0].Key = g.Keys[0].Key[1:] },
		"proposal twice":      func(g *council.GenesisState) { g.Proposals = append(g.Proposals, g.Proposals[0]) },
		"proposal never made": func(g *council.GenesisState) { g.ProposalsMade = 1 },
		"open and closed":     func(g *council.GenesisState) { g.Proposals[0].ClosedHeight = 4 },
		"proposal of nothing": func(g *council.GenesisState) { g.Proposals[0].Messages = nil },
		"hidden summary":      func(g *council.GenesisState) { g.Proposals[0].Summary = "a\u202eb" },
		"vote twice":          func(g *council.GenesisState) { g.Votes = append(g.Votes, g.Votes[0]) },
		"vote on nothing":     func(g *council.GenesisState) { g.Votes[0].Proposal = 1 },
		"name":                func(g *council.GenesisState) { g.Seats[0].Name = "" },
		"peer":                func(g *council.GenesisState) { g.Seats[0].Peer = "a b" },
	} {
		g := genesis()
		change(g)
		if err := g.Validate(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// FuzzGenesis: no bytes make the checks of a genesis panic, and what passes passes again.
func FuzzGenesis(f *testing.F) {
	raw, err := genesis().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var g council.GenesisState
		if g.Unmarshal(raw) != nil || g.Validate() != nil {
			return
		}
		again, err := g.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		var second council.GenesisState
		if err := second.Unmarshal(again); err != nil || second.Validate() != nil {
			t.Fatalf("does not pass again: %v", err)
		}
	})
}

// FuzzProof: no bytes make the check panic, and none of another length pass.
func FuzzProof(f *testing.F) {
	operator := bytes.Repeat([]byte{7}, 20)
	f.Add("ayni_1-1", operator, public(1), ed25519.Sign(key(1), council.Possession("ayni_1-1", operator, public(1))))
	f.Fuzz(func(t *testing.T, chainID string, operator, key, proof []byte) {
		if council.CheckProof(chainID, operator, key, proof) == nil && len(key)+len(proof) != 96 {
			t.Fatalf("%d and %d bytes pass", len(key), len(proof))
		}
	})
}
