// Package testchain starts a real ledger inside a test: the application, consensus with one validator, funded accounts. Blocks
// follow transactions within some 20 ms; state is in memory, and everything stops with the test.
package testchain

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"testing"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/math"

	"ayni.example/chain"
	"ayni.example/client"
	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
	"ayni.example/x/fee"
	"ayni.example/x/provenance"
	"ayni.example/x/provider"
)

// ChainID is that of every test ledger.
const ChainID = "ayni_424242-1"

const (
	timeoutCommit = 20 * time.Millisecond
	startTimeout  = 30 * time.Second
	// genesisAge puts the beginning a little into the past, so that the clock's grain cannot put it into the future.
	genesisAge = time.Second
)

// Config says what the ledger begins with; the zero value will do.
type Config struct {
	Accounts      int           // funded accounts; zero: 3. Account 0 is admin, issuer and the validator's operator
	Balance       math.Int      // of each, acredit; none: 1,000 credits
	TimeoutCommit time.Duration // between blocks; zero: 20 ms
	IdleInterval  time.Duration // between empty blocks; zero: a minute
	Home          string        // none: a folder of the test's; with one, state is kept on disk for another start
	RPC           string        // host:port of the RPC listener; none: none
	Credit        *credit.Params
	Fee           *fee.Params
	Provider      *provider.Params
	Provenance    *provenance.Params
	Logger        *slog.Logger
	Snapshots     int64 // blocks between snapshots, with a home; zero: none
}

// snapshots is the node's form, where zero is its default.
func (c Config) snapshots() int64 {
	if c.Snapshots == 0 {
		return -1
	}
	return c.Snapshots
}

// Chain is a running ledger.
type Chain struct {
	Node    *chain.Node
	Genesis *cmttypes.GenesisDoc
	Keys    []*ethkey.PrivKey

	clients []*client.Client
	stop    func() error
}

// New starts a ledger and waits for its first block.
func New(tb testing.TB, cfg Config) *Chain {
	tb.Helper()
	memory := cfg.Home == ""
	if memory {
		cfg.Home = tb.TempDir()
	}
	if cfg.Accounts == 0 {
		cfg.Accounts = 3
	}
	if cfg.TimeoutCommit == 0 {
		cfg.TimeoutCommit = timeoutCommit
	}
	c := &Chain{Keys: Keys(cfg.Accounts)}
	var err error
	if c.Genesis, err = c.genesis(cfg); err != nil {
		tb.Fatalf("test ledger: %v", err)
	}
	c.Node, err = chain.NewNode(chain.NodeConfig{
		Home: cfg.Home, Genesis: c.Genesis, Memory: memory, RPC: cfg.RPC, Logger: cfg.Logger,
		TimeoutCommit: cfg.TimeoutCommit, IdleInterval: cfg.IdleInterval, SnapshotInterval: cfg.snapshots(),
	})
	if err != nil {
		tb.Fatalf("test ledger: %v", err)
	}
	c.run()
	tb.Cleanup(func() {
		if err := c.Stop(); err != nil {
			tb.Errorf("test ledger: %v", err)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := c.Node.WaitHeight(ctx, 1); err != nil {
		tb.Fatalf("test ledger: %v", err)
	}
	for i := range c.Keys {
		one, err := client.New(client.Config{RPC: c.Node.RPC(), ChainID: ChainID, Signer: c.Keys[i]})
		if err != nil {
			tb.Fatalf("test ledger: %v", err)
		}
		c.clients = append(c.clients, one)
	}
	return c
}

// Client is that of the index-th account; the same at every call, since an account's sequence has one keeper.
func (c *Chain) Client(index int) *client.Client { return c.clients[index] }

// Address is that of the index-th account.
func (c *Chain) Address(index int) string { return ethkey.Format(c.Keys[index].PubKey().Address()) }

// Stop ends the ledger before the test does; later calls do nothing.
func (c *Chain) Stop() error { return c.stop() }

// Credits is a number of whole credits in acredit.
func Credits(n int64) math.Int { return math.NewInt(n).Mul(math.NewIntWithDecimal(1, 18)) }

// Keys are n keys, the same in every test.
func Keys(n int) []*ethkey.PrivKey {
	keys := make([]*ethkey.PrivKey, n)
	for i := range keys {
		scalar := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("ayni test account "), uint64(i)))
		keys[i] = &ethkey.PrivKey{Key: scalar[:]}
	}
	return keys
}

func (c *Chain) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Node.Run(ctx) }() // ends with stop
	stopped := false
	c.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		defer c.Node.Close() // which it did already, unless it failed
		return <-done
	}
}

func (c *Chain) genesis(cfg Config) (*cmttypes.GenesisDoc, error) {
	if kept, err := chain.LoadGenesis(cfg.Home); err == nil {
		return kept, nil
	}
	key, err := chain.ValidatorKey(cfg.Home)
	if err != nil {
		return nil, err
	}
	balance := cfg.Balance
	if balance.IsNil() {
		balance = Credits(1_000)
	}
	genesis := chain.GenesisConfig{
		ChainID: ChainID, Time: time.Now().Add(-genesisAge), Admin: c.Address(0), Credit: cfg.Credit, Fee: cfg.Fee,
		Provider:   cfg.Provider,
		Provenance: cfg.Provenance,
		Validators: []chain.GenesisValidator{{Name: "test", Operator: c.Address(0), Key: key, Power: 10}},
		Issuers: []credit.Issuer{{
			Address: c.Address(0), Quota: Credits(1_000_000), PeriodSeconds: 86_400, Issued: math.ZeroInt(),
		}},
	}
	for i := range c.Keys {
		genesis.Accounts = append(genesis.Accounts, chain.GenesisAccount{Address: c.Address(i), Balance: balance})
	}
	doc, err := chain.NewGenesis(genesis)
	if err != nil {
		return nil, fmt.Errorf("make genesis: %w", err)
	}
	return doc, nil
}
