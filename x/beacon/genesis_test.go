package beacon_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"ayni.example/internal/vrf"
	"ayni.example/x/beacon"
)

// closed is a round of one entrant as the ledger leaves it.
func closed(tb testing.TB, number uint64) beacon.Round {
	tb.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32))
	input := beacon.Input("ayni_1-1", number, nil, 5)
	_, proof, err := vrf.Prove(key, beacon.Alpha(input[:]))
	if err != nil {
		tb.Fatal(err)
	}
	r := beacon.Round{
		Number: number, Input: input[:], OpenedHeight: 5, ClosedHeight: 7,
		Entrants: []beacon.Entrant{{Operator: "one", Key: key.Public().(ed25519.PublicKey), Proof: proof}},
	}
	if r.Output, err = r.Sum(); err != nil {
		tb.Fatal(err)
	}
	return r
}

// Whoever has a round from the ledger's state checks it alone: nothing in it can be changed unseen.
func TestRoundVerifies(t *testing.T) {
	if err := closed(t, 1).Verify(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*beacon.Round){
		"number":         func(r *beacon.Round) { r.Number = 0 },
		"input":          func(r *beacon.Round) { r.Input[0] ^= 1 },
		"short input":    func(r *beacon.Round) { r.Input = r.Input[1:] },
		"output":         func(r *beacon.Round) { r.Output[31] ^= 1 },
		"no output":      func(r *beacon.Round) { r.Output = nil },
		"open":           func(r *beacon.Round) { r.ClosedHeight = 0 },
		"closed before":  func(r *beacon.Round) { r.ClosedHeight = 4 },
		"proof":          func(r *beacon.Round) { r.Entrants[0].Proof[3] ^= 1 },
		"short proof":    func(r *beacon.Round) { r.Entrants[0].Proof = r.Entrants[0].Proof[1:] },
		"no proof":       func(r *beacon.Round) { r.Entrants[0].Proof = nil },
		"another's key":  func(r *beacon.Round) { r.Entrants[0].Key = ed25519.NewKeyFromSeed(make([]byte, 32))[32:] },
		"weak key":       func(r *beacon.Round) { r.Entrants[0].Key = make([]byte, 32) },
		"no entrant":     func(r *beacon.Round) { r.Entrants = nil },
		"entrant twice":  func(r *beacon.Round) { r.Entrants = append(r.Entrants, r.Entrants[0]) },
		"no operator":    func(r *beacon.Round) { r.Entrants[0].Operator = "" },
		"many entrants":  func(r *beacon.Round) { r.Entrants = make([]beacon.Entrant, beacon.EntrantsMax+1) },
		"before genesis": func(r *beacon.Round) { r.OpenedHeight = 0 },
	} {
		r := closed(t, 1)
		if change(&r); r.Verify() == nil {
			t.Errorf("%s: it verifies", name)
		}
	}
}

func TestGenesisRefuses(t *testing.T) {
	key := []byte(ed25519.NewKeyFromSeed(make([]byte, 32))[32:])
	good := func() *beacon.GenesisState {
		g := beacon.DefaultGenesis()
		one, two := closed(t, 3), closed(t, 4)
		g.Last, g.Seed, g.Rounds = 4, two.Output, []beacon.Round{one, two}
		g.Outputs = []beacon.Output{{Round: 2}, {Round: 3, Value: one.Output}, {Round: 4, Value: two.Output}}
		g.Seats = []beacon.Seat{{Operator: "one", Key: key, FromRound: 2}, {Operator: "two", Strikes: 4, BarredUntil: 9}}
		g.Withholdings = []beacon.Withholding{{Operator: "one", Round: 4, Windows: 1, Height: 6}}
		return g
	}
	if err := good().Validate(); err != nil {
		t.Fatal(err)
	}
	if err := beacon.DefaultGenesis().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*beacon.GenesisState){
		"parameters":         func(g *beacon.GenesisState) { g.Params = beacon.Params{} },
		"seed":               func(g *beacon.GenesisState) { g.Seed = []byte{1} },
		"seat twice":         func(g *beacon.GenesisState) { g.Seats[1].Operator = "one" },
		"key twice":          func(g *beacon.GenesisState) { g.Seats[1].Key = key },
		"weak key":           func(g *beacon.GenesisState) { g.Seats[0].Key = make([]byte, 32) },
		"round without key":  func(g *beacon.GenesisState) { g.Seats[1].FromRound = 3 },
		"seat without name":  func(g *beacon.GenesisState) { g.Seats[0].Operator = "" },
		"barred before 1970": func(g *beacon.GenesisState) { g.Seats[1].BarredUntil = -1 },
		"many strikes":       func(g *beacon.GenesisState) { g.Seats[1].Strikes = 1 << 31 },
		"last":               func(g *beacon.GenesisState) { g.Last = 5 },
		"rounds out of order": func(g *beacon.GenesisState) {
			g.Rounds[0], g.Rounds[1] = g.Rounds[1], g.Rounds[0]
		},
		"gap in rounds":       func(g *beacon.GenesisState) { g.Rounds[0].Number = 2 },
		"gap in outputs":      func(g *beacon.GenesisState) { g.Outputs = append(g.Outputs[:1], g.Outputs[2:]...) },
		"outputs end early":   func(g *beacon.GenesisState) { g.Outputs = g.Outputs[:2] },
		"other output":        func(g *beacon.GenesisState) { g.Outputs[1].Value = g.Outputs[2].Value },
		"short output":        func(g *beacon.GenesisState) { g.Outputs[0].Value = []byte{1} },
		"open round before":   func(g *beacon.GenesisState) { g.Rounds[0].ClosedHeight, g.Rounds[0].Output = 0, nil },
		"withheld twice":      func(g *beacon.GenesisState) { g.Withholdings = append(g.Withholdings, g.Withholdings[0]) },
		"withheld by nobody":  func(g *beacon.GenesisState) { g.Withholdings[0].Operator = "two" },
		"withheld long ago":   func(g *beacon.GenesisState) { g.Withholdings[0].Round = 2 },
		"withheld no window":  func(g *beacon.GenesisState) { g.Withholdings[0].Windows = 0 },
		"withheld at no time": func(g *beacon.GenesisState) { g.Withholdings[0].Height = 0 },
	} {
		g := good()
		if change(g); g.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
