package ledgertest

import (
	"encoding/json"
	"testing"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"ayni.example/x/agent"
	"ayni.example/x/arena"
	"ayni.example/x/artifact"
	"ayni.example/x/beacon"
	"ayni.example/x/compute"
	"ayni.example/x/council"
	"ayni.example/x/credit"
	"ayni.example/x/fee"
	"ayni.example/x/inference"
	"ayni.example/x/payout"
	"ayni.example/x/provenance"
	"ayni.example/x/provider"
	"ayni.example/x/referee"
	"ayni.example/x/schedule"
	"ayni.example/x/zkml"
)

// Genesis is the exported state, by module.
type Genesis map[string]json.RawMessage

// Export writes the whole state out.
func (l *Ledger) Export() Genesis {
	g := Genesis{
		authtypes.ModuleName: l.Codec.MustMarshalJSON(l.Accounts.ExportGenesis(l.Ctx)),
		banktypes.ModuleName: l.Codec.MustMarshalJSON(l.Bank.ExportGenesis(l.Ctx)),
	}
	for _, m := range l.Modules {
		g[m.Name()] = m.ExportGenesis(l.Ctx, l.Codec)
	}
	return g
}

// Import loads an exported state into an empty ledger.
func (l *Ledger) Import(tb testing.TB, g Genesis) {
	tb.Helper()
	var accounts authtypes.GenesisState
	Must(tb, l.Codec.UnmarshalJSON(g[authtypes.ModuleName], &accounts))
	Must(tb, accounts.UnpackInterfaces(l.Registry))
	l.Accounts.InitGenesis(l.Ctx, accounts)
	var bank banktypes.GenesisState
	Must(tb, l.Codec.UnmarshalJSON(g[banktypes.ModuleName], &bank))
	l.Bank.InitGenesis(l.Ctx, &bank)
	for _, m := range l.Modules {
		Must(tb, m.ValidateGenesis(l.Codec, nil, g[m.Name()]))
		m.InitGenesis(l.Ctx, l.Codec, g[m.Name()])
	}
}

// Entry is one key of a store with its value.
type Entry struct{ Store, Key, Value string }

// Entries is all that the modules' stores hold, byte for byte.
func (l *Ledger) Entries() []Entry {
	var entries []Entry
	for _, name := range []string{
		credit.StoreKey, fee.StoreKey, provider.StoreKey, inference.StoreKey, schedule.StoreKey, beacon.StoreKey, council.StoreKey, artifact.StoreKey,
		zkml.StoreKey, payout.StoreKey, referee.StoreKey, compute.StoreKey, provenance.StoreKey, agent.StoreKey,
		arena.StoreKey,
	} {
		all := l.Ctx.KVStore(l.keys[name]).Iterator(nil, nil)
		for ; all.Valid(); all.Next() {
			entries = append(entries, Entry{name, string(all.Key()), string(all.Value())})
		}
		_ = all.Close() // an iterator over memory has nothing to lose
	}
	return entries
}

// CheckReload ends the test unless the state, exported and loaded into an empty ledger, is the same byte for byte.
func (l *Ledger) CheckReload(tb testing.TB) {
	tb.Helper()
	copied := New(tb)
	copied.Ctx = copied.Ctx.WithBlockHeight(l.Ctx.BlockHeight()).WithBlockTime(l.Ctx.BlockTime())
	copied.Members.List = l.Members.List
	copied.Import(tb, l.Export())
	want, got := l.Entries(), copied.Entries()
	if len(want) != len(got) {
		tb.Fatalf("%d entries after reload, had %d", len(got), len(want))
	}
	for i := range want {
		if want[i] != got[i] {
			tb.Fatalf("entry %s %x differs after reload", want[i].Store, want[i].Key)
		}
	}
	Must(tb, copied.Invariants())
}

// Events lists the names of the events that a message told of.
func Events(res *sdk.Result) []string {
	names := make([]string, len(res.Events))
	for i, e := range res.Events {
		names[i] = e.Type
	}
	return names
}
