package client_test

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	rpcclient "github.com/cometbft/cometbft/rpc/client"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/math"

	"ayni.example/client"
	"ayni.example/internal/testchain"
	"ayni.example/x/fee"
)

// forgetful is a node that takes a transaction into its queue and drops it there, as it does when the price rises.
type forgetful struct {
	rpcclient.Client
	first  atomic.Pointer[cmttypes.Tx]
	number atomic.Int32
}

func (f *forgetful) BroadcastTxSync(ctx context.Context, tx cmttypes.Tx) (*coretypes.ResultBroadcastTx, error) {
	f.first.CompareAndSwap(nil, &tx)
	if f.number.Add(1) == 1 {
		return &coretypes.ResultBroadcastTx{Hash: tx.Hash()}, nil
	}
	return f.Client.BroadcastTxSync(ctx, tx)
}

// TestOutbid: a payment that was dropped while the price outgrew its offer is bid for again, and is in one block once.
func TestOutbid(t *testing.T) {
	c := testchain.New(t, testchain.Config{Accounts: 4})
	node := &forgetful{Client: c.Node.RPC()}
	buyer, err := client.New(client.Config{RPC: node, ChainID: testchain.ChainID, Signer: c.Keys[1]})
	if err != nil {
		t.Fatal(err)
	}
	type outcome struct {
		client.TxResult
		err error
	}
	done := make(chan outcome, 1)
	go func() { // ends with the test
		result, err := buyer.Submit(t.Context(), send(c.Address(1), c.Address(2), math.NewInt(7)))
		done <- outcome{result, err}
	}()
	for node.number.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	dearer := fee.DefaultParams() // as many full blocks would make it
	dearer.Admin, dearer.PriceFloor = c.Address(0), math.NewInt(20_000_000_000)
	if _, err := c.Client(0).Submit(t.Context(), &fee.MsgUpdateParams{Admin: c.Address(0), Params: dearer}); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := c.Client(3).Submit(t.Context(), send(c.Address(3), c.Address(3), math.OneInt())); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-done:
			if got.err != nil {
				t.Fatal(got.err)
			}
			if lost := node.first.Load(); bytes.Equal(got.Hash, lost.Hash()) {
				t.Fatal("the offer was not raised")
			}
		default:
			continue
		}
		break
	}
	if got, err := c.Client(2).Balance(t.Context(), c.Address(2)); err != nil || !got.Equal(testchain.Credits(1_000).AddRaw(7)) {
		t.Fatalf("balance %s, %v", got, err)
	}
}

// TestLimit: a caller who sets a limit is told when the price is above it.
func TestLimit(t *testing.T) {
	c := testchain.New(t, testchain.Config{})
	for limit, want := range map[int64]error{999_999_999: client.ErrPrice, 1_000_000_000: nil} {
		buyer, err := client.New(client.Config{
			RPC: c.Node.RPC(), ChainID: testchain.ChainID, Signer: c.Keys[1], PriceMax: math.NewInt(limit),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := buyer.Submit(t.Context(), send(c.Address(1), c.Address(2), math.OneInt())); !errors.Is(err, want) {
			t.Fatalf("limit %d: error %v, want %v", limit, err, want)
		}
	}
}

// TestQuota: an account that is granted a quota while it submits does so without credits until the quota is used up, and pays then.
func TestQuota(t *testing.T) {
	c := testchain.New(t, testchain.Config{})
	if _, err := c.Client(1).Submit(t.Context(), send(c.Address(1), c.Address(2), math.OneInt())); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Client(0).Submit(t.Context(), &fee.MsgSetQuota{Admin: c.Address(0), Account: c.Address(1), Gas: 250_000}); err != nil {
		t.Fatal(err)
	}
	before, err := c.Client(1).Balance(t.Context(), c.Address(1))
	if err != nil {
		t.Fatal(err)
	}
	free := 0
	for sent := int64(1); ; sent++ {
		if _, err := c.Client(1).Submit(t.Context(), send(c.Address(1), c.Address(2), math.OneInt())); err != nil {
			t.Fatal(err)
		}
		now, err := c.Client(1).Balance(t.Context(), c.Address(1))
		if err != nil {
			t.Fatal(err)
		}
		if !now.Equal(before.SubRaw(sent)) {
			break
		}
		free++
	}
	if _, rest, err := c.Client(1).Quota(t.Context(), c.Address(1)); err != nil || free < 2 || rest > 125_000 {
		t.Fatalf("%d payments without a fee, %d gas left, %v", free, rest, err)
	}
}
