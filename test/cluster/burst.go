package cluster

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"ayni.example/client"
	"ayni.example/x/credit"
)

const (
	// paymentGas and paymentFee are more than a payment ever needs.
	paymentGas = 120_000
	// senders is how many payments are handed to the nodes at a time.
	senders = 16
)

// Burst is what a network did with many payments at once.
type Burst struct {
	Payments int
	Blocks   int64
	Took     time.Duration // from the first payment sent to the last one in a block
	CPU      time.Duration // of all validators together
}

// Burst has every account make a payment, all at once, through all nodes in turns, and waits until all are in blocks; so
// many rounds. Payments are signed beforehand.
func (c *Cluster) Burst(ctx context.Context, rounds int) (Burst, error) {
	var b Burst
	numbers, err := c.numbers(ctx)
	if err != nil {
		return b, err
	}
	for round := range rounds {
		signed, err := c.payments(numbers, uint64(round))
		if err != nil {
			return b, err
		}
		before, err := c.cpu()
		if err != nil {
			return b, err
		}
		from, began := c.top(ctx), time.Now()
		if err := c.sendAll(ctx, signed); err != nil {
			return b, err
		}
		to, err := c.included(ctx, from, len(signed))
		if err != nil {
			return b, err
		}
		after, err := c.cpu()
		if err != nil {
			return b, err
		}
		b.Took += time.Since(began)
		b.CPU += after - before
		b.Payments += len(signed)
		b.Blocks += to - from
	}
	return b, nil
}

// numbers are the ledger's for the accounts, which have sent nothing yet.
func (c *Cluster) numbers(ctx context.Context) ([]uint64, error) {
	rpc, err := c.Nodes[0].RPC()
	if err != nil {
		return nil, err
	}
	numbers := make([]uint64, len(c.Keys))
	for i := range c.Keys {
		ask, err := (&authtypes.QueryAccountInfoRequest{Address: c.Address(i)}).Marshal()
		if err != nil {
			return nil, fmt.Errorf("account %d: %w", i, err)
		}
		got, err := rpc.ABCIQuery(ctx, "/cosmos.auth.v1beta1.Query/AccountInfo", ask)
		if err != nil {
			return nil, fmt.Errorf("account %d: %w", i, err)
		}
		var answer authtypes.QueryAccountInfoResponse
		if err := answer.Unmarshal(got.Response.Value); err != nil || answer.Info == nil || answer.Info.Sequence != 0 {
			return nil, fmt.Errorf("account %d: %v, %w", i, answer.Info, err)
		}
		numbers[i] = answer.Info.AccountNumber
	}
	return numbers, nil
}

// payments are one of each account to the next.
func (c *Cluster) payments(numbers []uint64, sequence uint64) ([][]byte, error) {
	signed := make([][]byte, len(c.Keys))
	for i, key := range c.Keys {
		order := client.Order{
			ChainID: c.ChainID, Number: numbers[i], Sequence: sequence, Gas: paymentGas, Fee: math.NewIntWithDecimal(1, 18), // a credit
			Messages: []sdk.Msg{&banktypes.MsgSend{
				FromAddress: c.Address(i), ToAddress: c.Address((i + 1) % len(c.Keys)), Amount: sdk.NewCoins(sdk.NewCoin(credit.Denom, math.OneInt())),
			}},
		}
		var err error
		if signed[i], err = order.Sign(key); err != nil {
			return nil, err
		}
	}
	return signed, nil
}

func (c *Cluster) sendAll(ctx context.Context, signed [][]byte) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var group sync.WaitGroup
	for range senders {
		group.Go(func() {
			for i := range next {
				if err := c.sendOne(ctx, c.Nodes[i%len(c.Nodes)], signed[i]); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range signed {
		next <- i
	}
	close(next)
	group.Wait()
	return context.Cause(ctx)
}

func (c *Cluster) sendOne(ctx context.Context, n *Node, raw []byte) error {
	rpc, err := n.RPC()
	if err != nil {
		return err
	}
	result, err := rpc.BroadcastTxSync(ctx, raw)
	if err != nil {
		return fmt.Errorf("send through %s: %w", n.Name, err)
	}
	if result.Code != 0 {
		return fmt.Errorf("send through %s: code %d: %s", n.Name, result.Code, result.Log)
	}
	return nil
}

// included waits until so many transactions are in blocks after a height, and returns the height of the last one.
func (c *Cluster) included(ctx context.Context, from int64, want int) (int64, error) {
	rpc, err := c.Nodes[0].RPC()
	if err != nil {
		return 0, err
	}
	have := 0
	for height := from + 1; ; height++ {
		if err := c.WaitHeight(ctx, height, c.Nodes[0]); err != nil {
			return 0, fmt.Errorf("%d of %d payments in blocks: %w", have, want, err)
		}
		list, err := rpc.BlockchainInfo(ctx, height, height)
		if err != nil || len(list.BlockMetas) != 1 {
			return 0, fmt.Errorf("block %d: %w", height, err)
		}
		if have += list.BlockMetas[0].NumTxs; have >= want {
			return height, nil
		}
	}
}

// cpu is the processor time of all validators so far.
func (c *Cluster) cpu() (time.Duration, error) {
	var sum time.Duration
	for _, n := range c.Nodes {
		one, err := n.CPU()
		if err != nil {
			return 0, err
		}
		sum += one
	}
	return sum, nil
}

// CPU is the processor time of the running process, all its threads together.
func (n *Node) CPU() (time.Duration, error) {
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n.PID()))
	if err != nil {
		return 0, fmt.Errorf("processor time of %s: %w", n.Name, err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	const user, system = 11, 12
	if len(fields) <= system {
		return 0, fmt.Errorf("processor time of %s: %q", n.Name, text)
	}
	var sum time.Duration
	for _, field := range fields[user : system+1] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("processor time of %s: %w", n.Name, err)
		}
		sum += time.Duration(ticks) * tick
	}
	return sum, nil
}
