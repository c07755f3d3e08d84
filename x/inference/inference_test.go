package inference_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/types"

	"ayni.example/x/credit"
	"ayni.example/x/inference"
)

// sound is a genesis with one model and one offer of it.
func sound() *inference.GenesisState {
	digest := bytes.Repeat([]byte{1}, inference.DigestSize)
	return &inference.GenesisState{
		Params: inference.DefaultParams(),
		Models: []inference.Model{{
			Digest: digest, Name: "hf.co/org/model-GGUF:Q4_K_M", Family: "llama", Context: 4096, Registrant: "bob",
		}},
		Offers: []inference.Offer{{
			Provider: "alice", Model: digest, Name: "model", PriceInput: math.ZeroInt(), PriceOutput: math.NewInt(7), Context: 2048,
			Capabilities: []string{"chat"}, Assurances: []string{"signed", "exact"}, Engine: "ayni",
		}},
	}
}

func TestGenesisValidate(t *testing.T) {
	type (
		genesis = inference.GenesisState
		model   = inference.Model
		offer   = inference.Offer
	)
	invalid := inference.ErrInvalid
	tests := []struct {
		name   string
		change func(*genesis, *model, *offer)
		want   error
	}{
		{"sound", func(*genesis, *model, *offer) {}, nil},
		{"no offers allowed", func(g *genesis, _ *model, _ *offer) { g.Params.OffersMax = 0 }, invalid},
		{"too many offers allowed", func(g *genesis, _ *model, _ *offer) { g.Params.OffersMax = 1 << 20 }, invalid},
		{"model twice", func(g *genesis, m *model, _ *offer) { g.Models = append(g.Models, *m) }, invalid},
		{"short digest", func(_ *genesis, m *model, _ *offer) { m.Digest = m.Digest[1:] }, invalid},
		{"no name", func(_ *genesis, m *model, _ *offer) { m.Name = "" }, invalid},
		{"name with space", func(_ *genesis, m *model, _ *offer) { m.Name = "a b" }, invalid},
		{"long name", func(_ *genesis, m *model, _ *offer) { m.Name = strings.Repeat("a", 129) }, invalid},
		{"long family", func(_ *genesis, m *model, _ *offer) { m.Family = strings.Repeat("a", 65) }, invalid},
		{"format with a tab", func(_ *genesis, m *model, _ *offer) { m.Format = "a\tb" }, invalid},
		{"quantisation not UTF-8", func(_ *genesis, m *model, _ *offer) { m.Quantisation = "\xff" }, invalid},
		{"license in lines", func(_ *genesis, m *model, _ *offer) { m.License = "a\nb" }, invalid},
		{"endless context", func(_ *genesis, m *model, _ *offer) { m.Context = 1 << 30 }, invalid},
		{"no registrant", func(_ *genesis, m *model, _ *offer) { m.Registrant = "" }, invalid},
		{"negative height", func(_ *genesis, m *model, _ *offer) { m.RegisteredHeight = -1 }, invalid},
		{"exact answers of an opaque model", func(_ *genesis, m *model, _ *offer) { m.Opaque = true }, invalid},
		{"offer twice", func(g *genesis, _ *model, o *offer) { g.Offers = append(g.Offers, *o) }, invalid},
		{"offer of an unknown model", func(_ *genesis, _ *model, o *offer) { o.Model = make([]byte, 32) }, inference.ErrNotFound},
		{"offer of a short digest", func(_ *genesis, _ *model, o *offer) { o.Model = nil }, invalid},
		{"offer without provider", func(_ *genesis, _ *model, o *offer) { o.Provider = "" }, invalid},
		{"offer without name", func(_ *genesis, _ *model, o *offer) { o.Name = "" }, invalid},
		{"negative price of input", func(_ *genesis, _ *model, o *offer) { o.PriceInput = math.NewInt(-1) }, credit.ErrInvalid},
		{"absent price of output", func(_ *genesis, _ *model, o *offer) { o.PriceOutput = math.Int{} }, credit.ErrInvalid},
		{"no context", func(_ *genesis, _ *model, o *offer) { o.Context = 0 }, invalid},
		{"no capability", func(_ *genesis, _ *model, o *offer) { o.Capabilities = nil }, invalid},
		{"unknown capability", func(_ *genesis, _ *model, o *offer) { o.Capabilities = []string{"magic"} }, invalid},
		{"capability twice", func(_ *genesis, _ *model, o *offer) { o.Capabilities = []string{"chat", "chat"} }, invalid},
		{"no assurance", func(_ *genesis, _ *model, o *offer) { o.Assurances = nil }, invalid},
		{"unknown assurance", func(_ *genesis, _ *model, o *offer) { o.Assurances = []string{"trusted"} }, invalid},
		{"long engine", func(_ *genesis, _ *model, o *offer) { o.Engine = strings.Repeat("a", 65) }, invalid},
		{"negative height of an offer", func(_ *genesis, _ *model, o *offer) { o.UpdatedHeight = -1 }, invalid},
		{"more offers than allowed", func(g *genesis, m *model, o *offer) {
			g.Params.OffersMax = 1
			second, other := *m, *o
			second.Digest = bytes.Repeat([]byte{2}, 32)
			other.Model = second.Digest
			g.Models, g.Offers = append(g.Models, second), append(g.Offers, other)
		}, inference.ErrFull},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := sound()
			tt.change(g, &g.Models[0], &g.Offers[0])
			if err := g.Validate(); !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
		})
	}
}

// FuzzGenesis: no genesis makes the check panic.
func FuzzGenesis(f *testing.F) {
	cdc := codec.NewProtoCodec(types.NewInterfaceRegistry())
	f.Add(cdc.MustMarshalJSON(inference.DefaultGenesis()))
	f.Add(cdc.MustMarshalJSON(sound()))
	f.Add([]byte(`{"models":[{"digest":"AA=="}],"offers":[{"price_input":"x"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var g inference.GenesisState
		if cdc.UnmarshalJSON(data, &g) != nil || g.Validate() != nil {
			return
		}
		var again inference.GenesisState
		if err := cdc.UnmarshalJSON(cdc.MustMarshalJSON(&g), &again); err != nil {
			t.Fatal(err)
		}
		if err := again.Validate(); err != nil {
			t.Fatalf("valid genesis is refused after a round trip: %v", err)
		}
	})
}
