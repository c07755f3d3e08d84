package credit_test

import (
	"bytes"
	"errors"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/x/credit"
)

// sound is a genesis with one open channel that has a claimed lane.
func sound() *credit.GenesisState {
	id := bytes.Repeat([]byte{1}, credit.IDSize)
	return &credit.GenesisState{
		Params:  credit.DefaultParams(),
		Issuers: []credit.Issuer{credit.NewIssuer("issuer", math.NewInt(10), 60)},
		Channels: []credit.Channel{{
			Id: id, Payer: "payer", Payee: "payee", Signer: bytes.Repeat([]byte{2}, 32), Deposit: math.NewInt(10),
			Claimed: math.NewInt(4), ChallengeBlocks: 5, ChallengeSeconds: 60, State: credit.ChannelOpen, OpenedHeight: 1,
		}},
		Lanes: []credit.Lane{{
			Channel: id, Lane: 1, Nonce: 3, Cumulative: math.NewInt(4), Head: bytes.Repeat([]byte{3}, 32), Height: 2,
		}},
		Sequences: []credit.Sequence{{Payer: "payer", Next: 1}},
	}
}

func TestGenesisValidate(t *testing.T) {
	tests := []struct {
		name   string
		change func(*credit.GenesisState)
		want   error
	}{
		{"sound", func(*credit.GenesisState) {}, nil},
		{"parameters", func(g *credit.GenesisState) { g.Params.LanesMax = 0 }, credit.ErrInvalid},
		{"issuer twice", func(g *credit.GenesisState) { g.Issuers = append(g.Issuers, g.Issuers[0]) }, credit.ErrInvalid},
		{"issuer without quota", func(g *credit.GenesisState) { g.Issuers[0].Quota = math.ZeroInt() }, credit.ErrInvalid},
		{"issuer without period", func(g *credit.GenesisState) { g.Issuers[0].PeriodSeconds = 0 }, credit.ErrInvalid},
		{"issuer without issued amount", func(g *credit.GenesisState) { g.Issuers[0].Issued = math.Int{} }, credit.ErrInvalid},
		{"issuer without address", func(g *credit.GenesisState) { g.Issuers[0].Address = "" }, credit.ErrInvalid},
		{"issuer before 1970", func(g *credit.GenesisState) { g.Issuers[0].PeriodStart = -1 }, credit.ErrInvalid},
		{"channel twice", func(g *credit.GenesisState) { g.Channels = append(g.Channels, g.Channels[0]) }, credit.ErrInvalid},
		{"short id", func(g *credit.GenesisState) { g.Channels[0].Id = []byte{1} }, credit.ErrInvalid},
		{"channel to oneself", func(g *credit.GenesisState) { g.Channels[0].Payee = "payer" }, credit.ErrInvalid},
		{"no payee", func(g *credit.GenesisState) { g.Channels[0].Payee = "" }, credit.ErrInvalid},
		{"short key", func(g *credit.GenesisState) { g.Channels[0].Signer = []byte{1} }, credit.ErrInvalid},
		{"no deposit", func(g *credit.GenesisState) { g.Channels[0].Deposit = math.ZeroInt() }, credit.ErrInvalid},
		{"negative claims", func(g *credit.GenesisState) { g.Channels[0].Claimed = math.NewInt(-1) }, credit.ErrInvalid},
		{"claims above deposit", func(g *credit.GenesisState) { g.Channels[0].Claimed = math.NewInt(11) }, credit.ErrDeposit},
		{"claims and lanes differ", func(g *credit.GenesisState) { g.Channels[0].Claimed = math.NewInt(5) }, credit.ErrInvariant},
		{"no challenge period", func(g *credit.GenesisState) { g.Channels[0].ChallengeBlocks = 0 }, credit.ErrInvalid},
		{"negative height", func(g *credit.GenesisState) { g.Channels[0].OpenedHeight = -1 }, credit.ErrInvalid},
		{"no state", func(g *credit.GenesisState) { g.Channels[0].State = credit.ChannelUnspecified }, credit.ErrInvalid},
		{"open and ending", func(g *credit.GenesisState) { g.Channels[0].ClosesTime = 1 }, credit.ErrInvalid},
		{"closing without end", func(g *credit.GenesisState) { g.Channels[0].State = credit.ChannelClosing }, credit.ErrInvalid},
		{"lane twice", func(g *credit.GenesisState) { g.Lanes = append(g.Lanes, g.Lanes[0]) }, credit.ErrLane},
		{"lane of no channel", func(g *credit.GenesisState) { g.Lanes[0].Channel = make([]byte, 32) }, credit.ErrLane},
		{"lane of a short id", func(g *credit.GenesisState) { g.Lanes[0].Channel = nil }, credit.ErrInvalid},
		{"lane too high", func(g *credit.GenesisState) { g.Lanes[0].Lane = g.Params.LanesMax }, credit.ErrLane},
		{"lane far too high", func(g *credit.GenesisState) { g.Lanes[0].Lane = 1 << 30 }, credit.ErrLane},
		{"lane without head", func(g *credit.GenesisState) { g.Lanes[0].Head = nil }, credit.ErrInvalid},
		{"lane without amount", func(g *credit.GenesisState) { g.Lanes[0].Cumulative = math.Int{} }, credit.ErrInvalid},
		{"lane before the ledger", func(g *credit.GenesisState) { g.Lanes[0].Height = -1 }, credit.ErrInvalid},
		{"no sequence of a payer", func(g *credit.GenesisState) { g.Sequences = nil }, credit.ErrInvalid},
		{"sequence twice", func(g *credit.GenesisState) { g.Sequences = append(g.Sequences, g.Sequences[0]) }, credit.ErrInvalid},
		{"sequence of zero", func(g *credit.GenesisState) { g.Sequences[0].Next = 0 }, credit.ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := sound()
			tt.change(g)
			if err := g.Validate(); !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
		})
	}
}
