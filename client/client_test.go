package client_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	rpcclient "github.com/cometbft/cometbft/rpc/client"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"ayni.example/client"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/testchain"
	"ayni.example/x/credit"
	"ayni.example/x/inference"
	"ayni.example/x/provider"
)

func send(from, to string, amount math.Int) *banktypes.MsgSend {
	return &banktypes.MsgSend{FromAddress: from, ToAddress: to, Amount: sdk.NewCoins(sdk.NewCoin(credit.Denom, amount))}
}

func submit(tb testing.TB, c *client.Client, msgs ...sdk.Msg) client.TxResult {
	tb.Helper()
	result, err := c.Submit(tb.Context(), msgs...)
	if err != nil {
		tb.Fatal(err)
	}
	return result
}

// freePort is an address that nobody listens at.
func freePort(tb testing.TB) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// TestManyAtOnce: callers of one client do not disturb each other's sequence, nor does a second client of the account.
func TestManyAtOnce(t *testing.T) {
	c := testchain.New(t, testchain.Config{})
	other, err := client.New(client.Config{RPC: c.Node.RPC(), ChainID: testchain.ChainID, Signer: c.Keys[1]})
	if err != nil {
		t.Fatal(err)
	}
	const callers, each = 8, 4
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			from, amount := c.Client(1), math.OneInt()
			if i == 0 {
				from, amount = other, math.NewInt(2) // two clients that send the same at once send one transaction
			}
			for range each {
				if _, err := from.Submit(t.Context(), send(c.Address(1), c.Address(2), amount)); err != nil {
					t.Errorf("caller %d: %v", i, err)
				}
			}
		})
	}
	group.Wait()
	got, err := c.Client(0).Balance(t.Context(), c.Address(2))
	if err != nil || !got.Equal(testchain.Credits(1_000).AddRaw((callers+1)*each)) {
		t.Fatalf("balance %s, %v", got, err)
	}
}

// TestOverHTTP does the same through a listener as another process would.
func TestOverHTTP(t *testing.T) {
	address := freePort(t)
	c := testchain.New(t, testchain.Config{RPC: address})
	rpc, err := client.DialHTTP("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	remote, err := client.New(client.Config{RPC: rpc, ChainID: testchain.ChainID, Signer: c.Keys[1]})
	if err != nil {
		t.Fatal(err)
	}
	result := submit(t, remote, &credit.MsgOpenChannel{
		Payer: remote.Address(), Payee: c.Address(2), Signer: bytes.Repeat([]byte{1}, 32), Deposit: testchain.Credits(3),
		ChallengeBlocks: 10, ChallengeSeconds: 100,
	})
	var opened credit.MsgOpenChannelResponse
	if err := result.Response(0, &opened); err != nil {
		t.Fatal(err)
	}
	channel, lanes, err := remote.Channel(t.Context(), opened.Channel)
	if err != nil || !channel.Deposit.Equal(testchain.Credits(3)) || len(lanes) != 0 {
		t.Fatalf("channel %v %v %v", channel, lanes, err)
	}
	if err := result.Response(0, &credit.MsgIssueResponse{}); err == nil {
		t.Fatal("an answer decoded as another type")
	}
	if err := result.Response(1, &opened); err == nil {
		t.Fatal("an answer that is not there decoded")
	}
	_, err = remote.Submit(t.Context(), &credit.MsgIssue{Issuer: remote.Address(), Recipient: c.Address(2), Amount: math.OneInt()})
	if !errors.Is(err, client.ErrRejected) || !errors.Is(err, credit.ErrUnauthorised) {
		t.Fatalf("error %v, want the module's own", err)
	}
	if _, _, err := remote.Channel(t.Context(), make([]byte, 32)); !errors.Is(err, client.ErrNotFound) {
		t.Fatalf("absent channel: error %v, want ErrNotFound", err)
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	late, err := client.DialHTTP("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := client.New(client.Config{RPC: late, ChainID: testchain.ChainID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Balance(t.Context(), c.Address(1)); !errors.Is(err, client.ErrUnreachable) {
		t.Fatalf("stopped ledger: error %v, want ErrUnreachable", err)
	}
}

func TestFailures(t *testing.T) {
	c := testchain.New(t, testchain.Config{})
	stranger, err := ethkey.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	poor, err := client.New(client.Config{RPC: c.Node.RPC(), ChainID: testchain.ChainID, Signer: stranger})
	if err != nil {
		t.Fatal(err)
	}
	reader, err := client.New(client.Config{RPC: c.Node.RPC(), ChainID: testchain.ChainID})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := client.New(client.Config{RPC: c.Node.RPC(), ChainID: "ayni_1-1", Signer: c.Keys[1]})
	if err != nil {
		t.Fatal(err)
	}
	one := math.OneInt()
	for _, test := range []struct {
		name string
		from *client.Client
		msgs []sdk.Msg
		want error
	}{
		{"unknown account", poor, []sdk.Msg{send(poor.Address(), c.Address(1), one)}, client.ErrNoBalance},
		{"more than there is", c.Client(1), []sdk.Msg{send(c.Address(1), c.Address(2), testchain.Credits(2_000))}, client.ErrNoBalance},
		{"no key", reader, []sdk.Msg{send(c.Address(1), c.Address(2), one)}, client.ErrNoSigner},
		{"somebody else's money", c.Client(1), []sdk.Msg{send(c.Address(2), c.Address(1), one)}, client.ErrRejected},
		{"another network", elsewhere, []sdk.Msg{send(c.Address(1), c.Address(2), one)}, client.ErrRejected},
		{"second of two fails", c.Client(1), []sdk.Msg{
			send(c.Address(1), c.Address(2), one), &credit.MsgCloseChannel{Sender: c.Address(1), Channel: make([]byte, 32)},
		}, credit.ErrNotFound},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := test.from.Submit(t.Context(), test.msgs...); !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
		})
	}
	if _, err := c.Client(1).Submit(t.Context()); err == nil {
		t.Error("nothing was submitted without an error")
	}
	before, err := reader.Balance(t.Context(), c.Address(2))
	if err != nil || !before.Equal(testchain.Credits(1_000)) {
		t.Fatalf("refused messages moved money: %s, %v", before, err)
	}
	// a refusal leaves the client in step
	submit(t, c.Client(1), send(c.Address(1), poor.Address(), testchain.Credits(1)))
	submit(t, poor, send(poor.Address(), c.Address(1), one))
}

func TestUnconfirmed(t *testing.T) {
	c := testchain.New(t, testchain.Config{TimeoutCommit: 2 * time.Second})
	submit(t, c.Client(1), send(c.Address(1), c.Address(2), math.OneInt()))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	result, err := c.Client(1).Submit(ctx, send(c.Address(1), c.Address(2), math.OneInt()))
	if !errors.Is(err, client.ErrUnconfirmed) || len(result.Hash) == 0 {
		t.Fatalf("result %x, error %v, want a hash and ErrUnconfirmed", result.Hash, err)
	}
	late, err := c.Client(1).Wait(t.Context(), result.Hash, 1)
	if err != nil || late.Height == 0 {
		t.Fatalf("it came at %d: %v", late.Height, err)
	}
}

func TestRegisters(t *testing.T) {
	c := testchain.New(t, testchain.Config{})
	digest := bytes.Repeat([]byte{9}, 32)
	one := c.Client(1)
	submit(t, one, &provider.MsgRegister{
		Address: one.Address(), Name: "machine", ReceiptKey: bytes.Repeat([]byte{2}, 32), Bond: testchain.Credits(2),
		PeerId: "12D3KooWJWEKvSFbben74C7H4YtKjhPMTDxd7gP7zxWSUEeF27st", Capabilities: []string{"completion"},
	}, &inference.MsgRegisterModel{
		Registrant: one.Address(), Model: inference.Model{Digest: digest, Name: "starter", Context: 256},
	}, &inference.MsgSetOffer{Provider: one.Address(), Offer: inference.Offer{
		Model: digest, Name: "starter", PriceInput: math.NewInt(1), PriceOutput: math.NewInt(2), Context: 256,
		Capabilities: []string{"completion"}, Assurances: []string{"signed"},
	}})
	reads := map[string]func() (int, error){
		"providers": func() (int, error) { list, err := one.Providers(t.Context()); return len(list), err },
		"models":    func() (int, error) { list, err := one.Models(t.Context()); return len(list), err },
		"offers":    func() (int, error) { list, err := one.Offers(t.Context(), client.OfferFilter{}); return len(list), err },
		"offers of it": func() (int, error) {
			list, err := one.Offers(t.Context(), client.OfferFilter{Provider: one.Address()})
			return len(list), err
		},
		"offers for the model": func() (int, error) {
			list, err := one.Offers(t.Context(), client.OfferFilter{Model: digest})
			return len(list), err
		},
		"issuers": func() (int, error) { list, err := one.Issuers(t.Context()); return len(list), err },
	}
	for name, read := range reads {
		if n, err := read(); n != 1 || err != nil {
			t.Errorf("%d %s, %v, want 1", n, name, err)
		}
	}
	if p, err := one.Provider(t.Context(), one.Address()); err != nil || p.Name != "machine" {
		t.Errorf("provider %v, %v", p, err)
	}
	if m, err := one.Model(t.Context(), digest); err != nil || m.Name != "starter" {
		t.Errorf("model %v, %v", m, err)
	}
	if o, err := one.Offer(t.Context(), one.Address(), digest); err != nil || !o.PriceOutput.Equal(math.NewInt(2)) {
		t.Errorf("offer %v, %v", o, err)
	}
	for name, err := range map[string]error{
		"provider": second(one.Provider(t.Context(), c.Address(2))),
		"model":    second(one.Model(t.Context(), make([]byte, 32))),
		"offer":    second(one.Offer(t.Context(), one.Address(), make([]byte, 32))),
	} {
		if !errors.Is(err, client.ErrNotFound) {
			t.Errorf("absent %s: error %v, want ErrNotFound", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestWatchBlocks(t *testing.T) {
	c := testchain.New(t, testchain.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	blocks := c.Client(0).WatchBlocks(ctx)
	first := <-blocks
	result := submit(t, c.Client(1), send(c.Address(1), c.Address(2), math.OneInt()))
	last := first
	for last.Height < result.Height {
		next, open := <-blocks
		if !open || next.Height <= last.Height || !next.Time.After(last.Time) {
			t.Fatalf("block %+v after %+v", next, last)
		}
		last = next
	}
	cancel()
	for range blocks { // ends, since the channel closes
	}
}

func TestStatus(t *testing.T) {
	c := testchain.New(t, testchain.Config{})
	status, err := c.Client(0).Status(t.Context())
	if err != nil || status.ChainID != testchain.ChainID || status.Height < 1 || status.CatchingUp || status.Time.IsZero() {
		t.Fatalf("status %+v, %v", status, err)
	}
}

// lagging is a node that tells a block's results before its queries see them.
type lagging struct {
	rpcclient.Client
	asked atomic.Int64
}

func (l *lagging) ABCIInfo(ctx context.Context) (*coretypes.ResultABCIInfo, error) {
	info, err := l.Client.ABCIInfo(ctx)
	if err == nil && l.asked.Add(1) <= 3 {
		info.Response.LastBlockHeight = 0
	}
	return info, err
}

// TestReadsOwnWrites: when Submit is back, queries see what it wrote.
func TestReadsOwnWrites(t *testing.T) {
	c := testchain.New(t, testchain.Config{})
	node := &lagging{Client: c.Node.RPC()}
	one, err := client.New(client.Config{RPC: node, ChainID: testchain.ChainID, Signer: c.Keys[1]})
	if err != nil {
		t.Fatal(err)
	}
	submit(t, one, send(one.Address(), c.Address(2), math.NewInt(5)))
	if asked := node.asked.Load(); asked < 4 {
		t.Fatalf("back after %d questions, before the state was committed", asked)
	}
	balance, err := one.Balance(t.Context(), c.Address(2))
	if want := testchain.Credits(1_000).AddRaw(5); err != nil || !balance.Equal(want) {
		t.Fatalf("balance %s, want %s: %v", balance, want, err)
	}
}
