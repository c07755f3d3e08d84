package chain_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"ayni.example/chain"
	"ayni.example/client"
	"ayni.example/internal/testchain"
	"ayni.example/x/credit"
)

const testTimeout = 60 * time.Second

func send(from, to string, amount int64) *banktypes.MsgSend {
	return &banktypes.MsgSend{
		FromAddress: from, ToAddress: to, Amount: sdk.NewCoins(sdk.NewCoin(credit.Denom, math.NewInt(amount))),
	}
}

func submit(tb testing.TB, c *client.Client, msgs ...sdk.Msg) client.TxResult {
	tb.Helper()
	result, err := c.Submit(tb.Context(), msgs...)
	if err != nil {
		tb.Fatal(err)
	}
	return result
}

// appHash is what the block at height says of the state before it.
func appHash(tb testing.TB, node *chain.Node, height int64) []byte {
	tb.Helper()
	commit, err := node.RPC().Commit(tb.Context(), &height)
	if err != nil {
		tb.Fatal(err)
	}
	return commit.AppHash
}

// TestIdleIsQuiet: without transactions no module writes, so the state's hash stays and no block is made before its time.
func TestIdleIsQuiet(t *testing.T) {
	c := testchain.New(t, testchain.Config{IdleInterval: 200 * time.Millisecond})
	result := submit(t, c.Client(1), send(c.Address(1), c.Address(2), 1))
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	last := result.Height + 6
	if err := c.Node.WaitHeight(ctx, last); err != nil {
		t.Fatal(err)
	}
	want := appHash(t, c.Node, result.Height+1)
	if bytes.Equal(want, appHash(t, c.Node, result.Height)) {
		t.Fatal("a payment left the state's hash as it was")
	}
	for height := result.Height + 2; height <= last; height++ {
		if got := appHash(t, c.Node, height); !bytes.Equal(got, want) {
			t.Fatalf("state changed in empty block %d: %x, before %x", height-1, got, want)
		}
	}

	quiet := testchain.New(t, testchain.Config{})
	time.Sleep(300 * time.Millisecond) // the blocks that follow the genesis
	height := quiet.Node.Height()
	time.Sleep(time.Second)
	if got := quiet.Node.Height(); got != height {
		t.Fatalf("%d blocks in an idle second", got-height)
	}
}

// TestFollower: a second node fetches the blocks of the first, takes transactions for it and sees them in blocks.
func TestFollower(t *testing.T) {
	c := testchain.New(t, testchain.Config{})
	for range 5 {
		submit(t, c.Client(1), send(c.Address(1), c.Address(2), 7))
	}
	follower, err := chain.NewNode(chain.NodeConfig{
		Home: t.TempDir(), Genesis: c.Genesis, Peers: []string{c.Node.PeerAddress()}, TimeoutCommit: 20 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	done := make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	go func() { done <- follower.Run(running) }() // ends with stop
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	start := time.Now()
	if err := follower.WaitHeight(ctx, c.Node.Height()-1); err != nil { // the last block waits for the commit in the next
		t.Fatal(err)
	}
	t.Logf("followed to height %d in %v", follower.Height(), time.Since(start))
	through, err := client.New(client.Config{RPC: follower.RPC(), ChainID: testchain.ChainID, Signer: c.Keys[2]})
	if err != nil {
		t.Fatal(err)
	}
	for {
		status, err := through.Status(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !status.CatchingUp {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Logf("caught up after %v", time.Since(start))
	start = time.Now()
	result := submit(t, through, send(c.Address(2), c.Address(1), 30))
	t.Logf("in block %d after %v", result.Height, time.Since(start))
	got, err := c.Client(0).Balance(ctx, c.Address(1))
	if err != nil {
		t.Fatal(err)
	}
	if paid := testchain.Credits(1_000).AddRaw(30 - 35).Sub(got); paid.IsNegative() || paid.GT(testchain.Credits(1)) {
		t.Fatalf("balance %s is off by %s, more than fees", got, paid)
	}
	if a, b := appHash(t, c.Node, result.Height), appHash(t, follower, result.Height); !bytes.Equal(a, b) {
		t.Fatalf("state before block %d: %x and %x", result.Height, a, b)
	}
}

// TestRestart: a stopped home continues with its state, its port and its identity.
func TestRestart(t *testing.T) {
	home := t.TempDir()
	c := testchain.New(t, testchain.Config{Home: home})
	result, peer := submit(t, c.Client(1), send(c.Address(1), c.Address(2), 5)), c.Node.PeerAddress()
	before, err := c.Client(1).Balance(t.Context(), c.Address(2))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chain.NewNode(chain.NodeConfig{Home: home}); !errors.Is(err, chain.ErrHomeBusy) {
		t.Fatalf("second node of a home: error %v, want ErrHomeBusy", err)
	}
	followed := make(chan error, 1)
	go func() { // as those do who follow the ledger while it is stopped
		for {
			if _, err := c.Node.RPC().Status(context.Background()); err != nil {
				followed <- err
				return
			}
		}
	}()
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := <-followed; !strings.Contains(err.Error(), "is stopped") {
		t.Errorf("a look at the stopped ledger: %v", err)
	}
	start := time.Now()
	again := testchain.New(t, testchain.Config{Home: home})
	t.Logf("warm start in %v", time.Since(start))
	if again.Node.Height() < result.Height || again.Node.PeerAddress() != peer {
		t.Fatalf("height %d and address %s, before %d and %s", again.Node.Height(), again.Node.PeerAddress(), result.Height, peer)
	}
	after, err := again.Client(1).Balance(t.Context(), again.Address(2))
	if err != nil || !after.Equal(before) {
		t.Fatalf("balance %s, before %s: %v", after, before, err)
	}
	submit(t, again.Client(1), send(again.Address(1), again.Address(2), 5))
}

func TestNewNodeRefuses(t *testing.T) {
	c := testchain.New(t, testchain.Config{})
	late := *c.Genesis
	late.GenesisTime = time.Now().Add(time.Hour)
	other := *c.Genesis
	other.ChainID = "ayni_5-1"
	home := t.TempDir()
	if node, err := chain.NewNode(chain.NodeConfig{Home: home, Genesis: c.Genesis}); err != nil {
		t.Fatal(err)
	} else {
		node.Close()
	}
	damaged := t.TempDir()
	if _, err := chain.ValidatorKey(damaged); err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(damaged, "ledger", "config", "priv_validator_key.json")
	if err := os.WriteFile(keyFile, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	for _, test := range []struct {
		name string
		cfg  chain.NodeConfig
		want error
		says string
	}{
		{"no genesis", chain.NodeConfig{Home: t.TempDir()}, chain.ErrNoLedger, ""},
		{"clock before the genesis", chain.NodeConfig{Home: t.TempDir(), Genesis: &late}, chain.ErrClock, ""},
		{"other network", chain.NodeConfig{Home: home, Genesis: &other}, chain.ErrOtherNetwork, ""},
		{"peer without id", chain.NodeConfig{Home: home, Peers: []string{"127.0.0.1:1"}}, chain.ErrPeer, ""},
		{"listen address", chain.NodeConfig{Home: home, Listen: "nowhere"}, nil, "listen address"},
		{"damaged key", chain.NodeConfig{Home: damaged, Genesis: c.Genesis}, nil, "restore it from a backup"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := chain.NewNode(test.cfg)
			if err == nil || (test.want != nil && !errors.Is(err, test.want)) || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("error %v, want %v %q", err, test.want, test.says)
			}
		})
	}
	t.Run("port taken", func(t *testing.T) {
		node, err := chain.NewNode(chain.NodeConfig{Home: t.TempDir(), Genesis: c.Genesis, Listen: listener.Addr().String()})
		if err != nil {
			t.Fatal(err)
		}
		if err := node.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "in use") {
			t.Fatalf("error %v, want one that names the address in use", err)
		}
	})
}

func TestChainID(t *testing.T) {
	a, err := chain.NewChainID(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b, err := chain.NewChainID(rand.Reader)
	if err != nil || a == b {
		t.Fatalf("ids %s and %s, %v", a, b, err)
	}
}
