package chain_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"ayni.example/chain"
	"ayni.example/client"
	"ayni.example/internal/testchain"
	"ayni.example/x/council"
)

// aged is the home of a ledger that began with an older release.
type aged struct {
	home    string
	genesis *cmttypes.GenesisDoc
	ctx     context.Context //nolint:containedctx // of the test
	cancel  context.CancelFunc
}

// age founds the ledger; its one validator is the first account's.
func age(t *testing.T, release int) *aged {
	t.Helper()
	a := &aged{home: t.TempDir()}
	key, err := chain.ValidatorKey(a.home)
	if err != nil {
		t.Fatal(err)
	}
	if a.genesis, err = chain.NewGenesisOf(chain.GenesisConfig{
		ChainID: testchain.ChainID, Time: time.Now().Add(-time.Second), Admin: accountAddress(0),
		Accounts:   []chain.GenesisAccount{{Address: accountAddress(0), Balance: testchain.Credits(100)}},
		Validators: []chain.GenesisValidator{{Name: "only", Operator: accountAddress(0), Key: key, Power: 10}},
	}, release); err != nil {
		t.Fatal(err)
	}
	raw, err := chain.EncodeGenesis(a.genesis)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.home, "ledger", "config", "genesis.json"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	a.ctx, a.cancel = context.WithTimeout(t.Context(), testTimeout)
	t.Cleanup(a.cancel)
	return a
}

// start runs a release of the program over the home until the height of a plan, or until the test cancels.
func (a *aged) start(t *testing.T, release int) (*chain.Node, *client.Client, <-chan error) {
	t.Helper()
	node, err := chain.NewNode(chain.NodeConfig{
		Home: a.home, Release: release, TimeoutCommit: 20 * time.Millisecond, IdleInterval: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- node.Run(a.ctx) }()
	if err := node.WaitHeight(a.ctx, 1); err != nil {
		t.Fatal(err)
	}
	c, err := client.New(client.Config{RPC: node.RPC(), ChainID: testchain.ChainID, Signer: testchain.Keys(1)[0]})
	if err != nil {
		t.Fatal(err)
	}
	return node, c, done
}

// plan has the council change to a release ten blocks from now, and returns the height.
func plan(t *testing.T, node *chain.Node, c *client.Client, release int) int64 {
	t.Helper()
	height := node.Height() + 10
	change, err := codectypes.NewAnyWithValue(&upgradetypes.MsgSoftwareUpgrade{
		Authority: chain.CouncilAddress(), Plan: upgradetypes.Plan{Name: chain.ReleaseName(release), Height: height},
	})
	if err != nil {
		t.Fatal(err)
	}
	submit(t, c, &council.MsgPropose{Proposer: accountAddress(0), Summary: "a release", Messages: []*codectypes.Any{change}})
	return height
}
