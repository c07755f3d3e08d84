package provider_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/types"

	"ayni.example/x/credit"
	"ayni.example/x/provider"
)

// sound is a genesis with one provider that has changed its key once.
func sound() *provider.GenesisState {
	return &provider.GenesisState{
		Params: provider.DefaultParams(),
		Providers: []provider.Provider{{
			Address: "alice", Name: "alice", ReceiptKey: bytes.Repeat([]byte{1}, 32),
			RetiredKeys:  []provider.RetiredKey{{Key: bytes.Repeat([]byte{2}, 32), UntilHeight: 4}},
			PeerId:       "12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5",
			Endpoints:    []string{"/ip4/192.0.2.1/tcp/4001", "/ip6/2001:db8::1/udp/4001/quic-v1"},
			Capabilities: []string{"inference"}, Policy: "none", Bond: math.NewInt(1), Status: provider.StatusActive,
		}},
	}
}

func TestGenesisValidate(t *testing.T) {
	type (
		genesis = provider.GenesisState
		entry   = provider.Provider
	)
	invalid := provider.ErrInvalid
	tests := []struct {
		name   string
		change func(*genesis, *entry)
		want   error
	}{
		{"sound", func(*genesis, *entry) {}, nil},
		{"negative bond_min", func(g *genesis, _ *entry) {
			g.Params.BondMin = math.NewInt(-1)
		}, credit.ErrInvalid},
		{"no unbonding blocks", func(g *genesis, _ *entry) { g.Params.UnbondingBlocks = 0 }, invalid},
		{"unbonding of decades", func(g *genesis, _ *entry) { g.Params.UnbondingSeconds = 1 << 31 }, invalid},
		{"provider twice", func(g *genesis, p *entry) { g.Providers = append(g.Providers, *p) }, provider.ErrExists},
		{"shared peer id", func(g *genesis, p *entry) {
			q := *p
			q.Address, q.ReceiptKey = "bob", bytes.Repeat([]byte{9}, 32)
			g.Providers = append(g.Providers, q)
		}, provider.ErrTaken},
		{"retired key of another in use", func(g *genesis, p *entry) {
			q := *p
			q.Address, q.PeerId, q.ReceiptKey, q.RetiredKeys = "bob", strings.Repeat("A", 52), p.RetiredKeys[0].Key, nil
			g.Providers = append(g.Providers, q)
		}, provider.ErrTaken},
		{"no address", func(_ *genesis, p *entry) { p.Address = "" }, invalid},
		{"no name", func(_ *genesis, p *entry) { p.Name = "" }, invalid},
		{"long name", func(_ *genesis, p *entry) { p.Name = strings.Repeat("a", 65) }, invalid},
		{"name with a line end", func(_ *genesis, p *entry) { p.Name = "a\nb" }, invalid},
		{"name that reverses text", func(_ *genesis, p *entry) { p.Name = "a\u202eb" }, invalid},
		{"name between spaces", func(_ *genesis, p *entry) { p.Name = " a" }, invalid},
		{"name that is not UTF-8", func(_ *genesis, p *entry) { p.Name = "\xff" }, invalid},
		{"short key", func(_ *genesis, p *entry) { p.ReceiptKey = []byte{1} }, invalid},
		{"short peer id", func(_ *genesis, p *entry) { p.PeerId = "12D3" }, invalid},
		{"peer id with a zero", func(_ *genesis, p *entry) { p.PeerId = strings.Repeat("0", 52) }, invalid},
		{"too many endpoints", func(_ *genesis, p *entry) {
			p.Endpoints = strings.Split("/1 /2 /3 /4 /5 /6 /7 /8 /9", " ")
		}, invalid},
		{"endpoint twice", func(_ *genesis, p *entry) { p.Endpoints[1] = p.Endpoints[0] }, invalid},
		{"endpoint as URL", func(_ *genesis, p *entry) { p.Endpoints[0] = "http://a" }, invalid},
		{"endpoint with an empty part", func(_ *genesis, p *entry) { p.Endpoints[0] = "/ip4//tcp" }, invalid},
		{"endpoint with a peer id", func(_ *genesis, p *entry) { p.Endpoints[0] = "/ip4/192.0.2.1/p2p/12D3" }, invalid},
		{"endpoint with a space", func(_ *genesis, p *entry) { p.Endpoints[0] = "/ip4/192.0.2.1 " }, invalid},
		{"empty endpoint", func(_ *genesis, p *entry) { p.Endpoints[0] = "" }, invalid},
		{"long endpoint", func(_ *genesis, p *entry) { p.Endpoints[0] = "/" + strings.Repeat("a", 160) }, invalid},
		{"capability in capitals", func(_ *genesis, p *entry) { p.Capabilities[0] = "A" }, invalid},
		{"capability twice", func(_ *genesis, p *entry) { p.Capabilities = []string{"a", "a"} }, invalid},
		{"long policy", func(_ *genesis, p *entry) { p.Policy = strings.Repeat("a", 1025) }, invalid},
		{"no bond", func(_ *genesis, p *entry) { p.Bond = math.Int{} }, credit.ErrInvalid},
		{"no status", func(_ *genesis, p *entry) { p.Status = provider.StatusUnspecified }, invalid},
		{"active with a reason", func(_ *genesis, p *entry) { p.Reason = "disk" }, invalid},
		{"long reason", func(_ *genesis, p *entry) { p.Reason = strings.Repeat("a", 257) }, invalid},
		{"leaving without end", func(_ *genesis, p *entry) { p.Status = provider.StatusLeaving }, invalid},
		{"active with an end", func(_ *genesis, p *entry) { p.LeavesHeight = 1 }, invalid},
		{"negative height", func(_ *genesis, p *entry) { p.UpdatedHeight = -1 }, invalid},
		{"retired key in use", func(_ *genesis, p *entry) { p.RetiredKeys[0].Key = p.ReceiptKey }, invalid},
		{"retired key twice", func(_ *genesis, p *entry) {
			p.RetiredKeys = append(p.RetiredKeys, p.RetiredKeys[0])
		}, invalid},
		{"too many retired keys", func(_ *genesis, p *entry) {
			p.RetiredKeys = make([]provider.RetiredKey, provider.RetiredMax+1)
		}, invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := sound()
			tt.change(g, &g.Providers[0])
			if err := g.Validate(); !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
		})
	}
}

// FuzzGenesis: no genesis makes the check panic.
func FuzzGenesis(f *testing.F) {
	cdc := codec.NewProtoCodec(types.NewInterfaceRegistry())
	f.Add(cdc.MustMarshalJSON(provider.DefaultGenesis()))
	f.Add(cdc.MustMarshalJSON(sound()))
	f.Add([]byte(`{"params":{"bond_min":""},"providers":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var g provider.GenesisState
		if cdc.UnmarshalJSON(data, &g) != nil || g.Validate() != nil {
			return
		}
		var again provider.GenesisState
		if err := cdc.UnmarshalJSON(cdc.MustMarshalJSON(&g), &again); err != nil {
			t.Fatal(err)
		}
		if err := again.Validate(); err != nil {
			t.Fatalf("valid genesis is refused after a round trip: %v", err)
		}
	})
}
