package provenance_test

import (
	"testing"

	"cosmossdk.io/math"

	"ayni.example/x/provenance"
)

func asset(n uint64) provenance.Asset {
	return provenance.Asset{
		ID: id(n), Owner: "somebody", Kind: string(provenance.KindModel), Name: "a", Content: id(1000 + n), Terms: provenance.FreeTerms(),
	}
}

func edge(child, parent uint64) provenance.Edge {
	return provenance.Edge{Asset: id(child), Parent: id(parent), Relation: string(provenance.Merge), Evidence: provenance.EvidenceClaimed}
}

// TestGenesisRefuses: no file starts a ledger whose state contradicts itself.
func TestGenesisRefuses(t *testing.T) {
	good := func() *provenance.GenesisState {
		g := provenance.DefaultGenesis()
		g.Assets = []provenance.Asset{asset(1), asset(2), asset(3)}
		g.Assets[0].Terms.Share = 1000
		g.Edges = []provenance.Edge{edge(2, 1), edge(3, 2)}
		g.Vectors = []provenance.Vector{{Asset: id(2), Shares: []provenance.Share{{Asset: id(1), PPM: 100_000}}}}
		g.Incomes = []provenance.Income{provenance.NewIncome(id(2), 100_000)}
		g.Accounts = []provenance.Account{provenance.NewAccount(id(2), id(1))}
		return g
	}
	if err := good().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(g *provenance.GenesisState){
		"params":               func(g *provenance.GenesisState) { g.Params.SweepBlocks = 0 },
		"asset twice":          func(g *provenance.GenesisState) { g.Assets[1] = g.Assets[0] },
		"content twice":        func(g *provenance.GenesisState) { g.Assets[1].Content = g.Assets[0].Content },
		"share of nobody":      func(g *provenance.GenesisState) { g.Assets[0].Owner = "" },
		"kind":                 func(g *provenance.GenesisState) { g.Assets[0].Kind = "virus" },
		"cycle":                func(g *provenance.GenesisState) { g.Edges = append(g.Edges, edge(1, 3)) },
		"edge to itself":       func(g *provenance.GenesisState) { g.Edges = append(g.Edges, edge(1, 1)) },
		"edge to nothing":      func(g *provenance.GenesisState) { g.Edges = append(g.Edges, edge(1, 9)) },
		"edge twice":           func(g *provenance.GenesisState) { g.Edges = append(g.Edges, edge(2, 1)) },
		"vector over the half": func(g *provenance.GenesisState) { g.Vectors[0].Shares[0].PPM = 500_001 },
		"vector of nothing":    func(g *provenance.GenesisState) { g.Vectors[0].Asset = id(9) },
		"payee of nothing":     func(g *provenance.GenesisState) { g.Vectors[0].Shares[0].Asset = id(9) },
		"payee twice": func(g *provenance.GenesisState) {
			g.Vectors[0].Shares = append(g.Vectors[0].Shares, g.Vectors[0].Shares[0])
		},
		"takes more than the vector": func(g *provenance.GenesisState) { g.Incomes[0].Serving++ },
		"taken more than earned":     func(g *provenance.GenesisState) { g.Incomes[0].Taken = math.NewInt(1) },
		"negative income":            func(g *provenance.GenesisState) { g.Incomes[0].Earned = math.NewInt(-1) },
		"no amount":                  func(g *provenance.GenesisState) { g.Incomes[0].Rest = math.Int{} },
		"owed more than counted":     func(g *provenance.GenesisState) { g.Accounts[0].Owed = math.NewInt(1) },
		"account without income":     func(g *provenance.GenesisState) { g.Accounts[0].Asset = id(3) },
		"tensor of nothing": func(g *provenance.GenesisState) {
			g.Tensors = []provenance.Tensor{{Digest: make([]byte, 16), Asset: id(9)}}
		},
		"sketch": func(g *provenance.GenesisState) { g.Sketches = []provenance.Sketch{{Asset: id(1), Sketch: []byte{9}}} },
		"key":    func(g *provenance.GenesisState) { g.Keys = []provenance.Key{{PublicKey: []byte{4}, Account: "a"}} },
	} {
		g := good()
		change(g)
		if err := g.Validate(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
