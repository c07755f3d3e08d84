package chain_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"ayni.example/chain"
	"ayni.example/client"
	"ayni.example/internal/testchain"
	"ayni.example/x/beacon"
	"ayni.example/x/council"
)

// TestBeaconComesWithRelease: a ledger that began without a beacon changes to the release that has it, and draws.
func TestBeaconComesWithRelease(t *testing.T) {
	home := t.TempDir()
	key, err := chain.ValidatorKey(home)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := chain.NewGenesisOf(chain.GenesisConfig{
		ChainID: testchain.ChainID, Time: time.Now().Add(-time.Second), Admin: accountAddress(0),
		Accounts:   []chain.GenesisAccount{{Address: accountAddress(0), Balance: testchain.Credits(100)}},
		Validators: []chain.GenesisValidator{{Name: "only", Operator: accountAddress(0), Key: key, Power: 10}},
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if at := doc.ConsensusParams.ABCI.VoteExtensionsEnableHeight; at != 0 {
		t.Fatalf("votes carry extensions from height %d", at)
	}
	raw, err := chain.EncodeGenesis(doc)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "ledger", "config", "genesis.json"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	start := func(release int) (*chain.Node, *client.Client, <-chan error) {
		t.Helper()
		node, err := chain.NewNode(chain.NodeConfig{
			Home: home, Release: release, TimeoutCommit: 20 * time.Millisecond, IdleInterval: 100 * time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- node.Run(ctx) }() // ends at the height of the plan, or with the test
		if err := node.WaitHeight(ctx, 1); err != nil {
			t.Fatal(err)
		}
		c, err := client.New(client.Config{RPC: node.RPC(), ChainID: testchain.ChainID, Signer: testchain.Keys(1)[0]})
		if err != nil {
			t.Fatal(err)
		}
		return node, c, done
	}

	old, c, done := start(1)
	if msg, err := old.BeaconRegistration(accountAddress(0)); err != nil || msg != nil {
		t.Fatalf("a key for a beacon that is not there: %v, %v", msg, err)
	}
	if _, err := c.Submit(ctx, &beacon.MsgRequest{Sender: accountAddress(0)}); err == nil {
		t.Fatal("a round of a beacon that is not there was asked for")
	}
	height := old.Height() + 10
	change, err := codectypes.NewAnyWithValue(&upgradetypes.MsgSoftwareUpgrade{
		Authority: chain.CouncilAddress(), Plan: upgradetypes.Plan{Name: chain.ReleaseName(2), Height: height},
	})
	if err != nil {
		t.Fatal(err)
	}
	submit(t, c, &council.MsgPropose{Proposer: accountAddress(0), Summary: "a beacon", Messages: []*codectypes.Any{change}})
	if err := <-done; !errors.Is(err, chain.ErrUpgradeDue) {
		t.Fatalf("the old program ends with %v", err)
	}
	old.Close()
	old.Close()

	node, c, done := start(2)
	submit(t, c, &beacon.MsgRequest{Sender: accountAddress(0)})
	msg, err := node.BeaconRegistration(accountAddress(0))
	if err != nil || msg == nil {
		t.Fatalf("no key is registered: %v", err)
	}
	submit(t, c, msg)
	if r := round(t, node, 1); r.OpenedHeight <= height || r.Verify() != nil {
		t.Fatalf("round %+v", r)
	}
	if err := node.App().Invariants(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
