package chain

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
)

// TestHalt: a node whose disk fails ends with an error instead of standing still.
func TestHalt(t *testing.T) {
	cfg := onlyNode(t)
	cfg.TimeoutCommit, cfg.IdleInterval = time.Millisecond, 10*time.Millisecond
	node, err := NewNode(cfg)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- node.Run(t.Context()) }() // ends when the databases are gone
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := node.WaitHeight(ctx, 3); err != nil {
		t.Fatal(err)
	}
	node.stores.close()
	select {
	case err := <-done:
		if !errors.Is(err, ErrHalted) {
			t.Fatalf("error %v, want ErrHalted", err)
		}
	case <-ctx.Done():
		t.Fatal("the node stands still")
	}
}

// onlyNode is that of a network of one.
func onlyNode(tb testing.TB) NodeConfig {
	tb.Helper()
	home := tb.TempDir()
	key, err := ValidatorKey(home)
	if err != nil {
		tb.Fatal(err)
	}
	operator := ethkey.Format(make([]byte, ethkey.AddressSize))
	genesis, err := NewGenesis(GenesisConfig{
		ChainID: "ayni_3-1", Time: time.Now().Add(-time.Second), Admin: operator,
		Accounts:   []GenesisAccount{{Address: operator, Balance: math.ZeroInt()}},
		Validators: []GenesisValidator{{Name: "only", Operator: operator, Key: key, Power: 1}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return NodeConfig{Home: home, Genesis: genesis}
}

func TestNewGenesisRefuses(t *testing.T) {
	operator := ethkey.Format(make([]byte, ethkey.AddressSize))
	key, err := ValidatorKey(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	good := func() GenesisConfig {
		return GenesisConfig{
			ChainID: "ayni_3-1", Time: time.Now(), Admin: operator,
			Accounts:   []GenesisAccount{{Address: operator, Balance: math.OneInt()}},
			Validators: []GenesisValidator{{Name: "only", Operator: operator, Key: key, Power: 1}},
		}
	}
	if _, err := NewGenesis(good()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*GenesisConfig){
		"chain id":         func(c *GenesisConfig) { c.ChainID = "ayni-1" },
		"no validator":     func(c *GenesisConfig) { c.Validators = nil },
		"no key":           func(c *GenesisConfig) { c.Validators[0].Key = nil },
		"no power":         func(c *GenesisConfig) { c.Validators[0].Power = 0 },
		"operator":         func(c *GenesisConfig) { c.Validators[0].Operator = "cosmos1" },
		"validator twice":  func(c *GenesisConfig) { c.Validators = append(c.Validators, c.Validators[0]) },
		"account":          func(c *GenesisConfig) { c.Accounts[0].Address = "x" },
		"account twice":    func(c *GenesisConfig) { c.Accounts = append(c.Accounts, c.Accounts[0]) },
		"negative balance": func(c *GenesisConfig) { c.Accounts[0].Balance = math.NewInt(-1) },
		"no balance":       func(c *GenesisConfig) { c.Accounts[0].Balance = math.Int{} },
		"issuer":           func(c *GenesisConfig) { c.Issuers = []credit.Issuer{{Address: "x", Quota: math.OneInt()}} },
		"admin":            func(c *GenesisConfig) { c.Admin = "somebody" },
	} {
		cfg := good()
		change(&cfg)
		if _, err := NewGenesis(cfg); !errors.Is(err, ErrGenesis) {
			t.Errorf("%s: error %v, want ErrGenesis", name, err)
		}
	}
}

func TestCheckPeer(t *testing.T) {
	id := strings.Repeat("0a", 20)
	for peer, good := range map[string]bool{
		id + "@127.0.0.1:26656": true, id + "@host.example:1": true, id + "@[::1]:1": true,
		"": false, id: false, "127.0.0.1:1": false, id + "@host": false, id[1:] + "@host:1": false,
		strings.ToUpper(id) + "@host:1": false, id + "@host:1," + id + "@host:2": false, id + "@ho st:1": false,
	} {
		if err := CheckPeer(peer); (err == nil) != good || (err != nil && !errors.Is(err, ErrPeer)) {
			t.Errorf("%q: error %v", peer, err)
		}
	}
}
