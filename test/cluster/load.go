package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"ayni.example/client"
	"ayni.example/x/credit"
)

// submitMost bounds one transaction, so that a load in a halt goes on soon after it.
const submitMost = 20 * time.Second

// sampleMax is how many transactions are remembered for the end.
const sampleMax = 200

// errNoNode is a moment in which every node is away or behind.
var errNoNode = errors.New("no node takes transactions")

// Load sends transactions from every account at a steady rate through whichever node takes them.
type Load struct {
	cluster *Cluster
	every   time.Duration // of each account
	seed    uint64

	done, failed atomic.Int64
	mu           sync.Mutex
	sample       []client.TxResult
	last         error
}

// NewLoad makes perSecond transactions a second in all.
func (c *Cluster) NewLoad(perSecond float64, seed uint64) *Load {
	return &Load{cluster: c, every: time.Duration(float64(len(c.Keys)) / perSecond * float64(time.Second)), seed: seed}
}

// Run sends until the context ends.
func (l *Load) Run(ctx context.Context) {
	var group sync.WaitGroup
	for account := range l.cluster.Keys {
		group.Go(func() { l.account(ctx, account) })
	}
	group.Wait()
}

// Done and Failed count transactions that are in a block, and those whose end is not known or was an error.
func (l *Load) Done() int64 { return l.done.Load() }

// Failed counts those that did not come into a block in time, or were refused.
func (l *Load) Failed() (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed.Load(), l.last
}

// Sample is some of the transactions that are in a block.
func (l *Load) Sample() []client.TxResult {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]client.TxResult(nil), l.sample...)
}

func (l *Load) account(ctx context.Context, account int) {
	random := rand.New(rand.NewPCG(l.seed, uint64(account)))
	ticker := time.NewTicker(l.every)
	defer ticker.Stop()
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(random.Int64N(int64(l.every)))):
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		result, err := l.one(ctx, account, random)
		if ctx.Err() != nil {
			return
		}
		l.count(result, err, random)
	}
}

func (l *Load) count(result client.TxResult, err error, random *rand.Rand) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.failed.Add(1)
		l.last = err
		return
	}
	n := l.done.Add(1)
	if len(l.sample) < sampleMax {
		l.sample = append(l.sample, result)
	} else if i := random.Int64N(n); i < sampleMax {
		l.sample[i] = result
	}
}

// one sends one transaction through a node that takes part.
func (l *Load) one(ctx context.Context, account int, random *rand.Rand) (client.TxResult, error) {
	ctx, cancel := context.WithTimeout(ctx, submitMost)
	defer cancel()
	var errs error
	for _, i := range random.Perm(len(l.cluster.Nodes)) {
		n := l.cluster.Nodes[i]
		if status, err := n.Status(ctx); err != nil || status.CatchingUp {
			errs = errors.Join(errs, err)
			continue
		}
		c, err := l.cluster.Client(n, account)
		if err != nil {
			return client.TxResult{}, err
		}
		result, err := c.Submit(ctx, l.messages(account, random)...)
		if err == nil {
			return result, nil
		}
		errs = errors.Join(errs, fmt.Errorf("through %s: %w", n.Name, err))
		if errors.Is(err, client.ErrUnconfirmed) {
			return client.TxResult{}, errs // it may still come
		}
	}
	return client.TxResult{}, errors.Join(errNoNode, errs)
}

// messages are what one transaction does: mostly a payment, at times a channel.
func (l *Load) messages(account int, random *rand.Rand) []sdk.Msg {
	const challengeBlocks, challengeSeconds, signerSize = 10, 60, 32
	other := (account + 1 + random.IntN(len(l.cluster.Keys)-1)) % len(l.cluster.Keys)
	from, to := l.cluster.Address(account), l.cluster.Address(other)
	amount := math.NewInt(1 + random.Int64N(1_000_000))
	if random.IntN(5) > 0 {
		return []sdk.Msg{&banktypes.MsgSend{FromAddress: from, ToAddress: to, Amount: sdk.NewCoins(sdk.NewCoin(credit.Denom, amount))}}
	}
	signer := make([]byte, signerSize)
	for i := range signer {
		signer[i] = byte(random.Uint32())
	}
	return []sdk.Msg{&credit.MsgOpenChannel{
		Payer: from, Payee: to, Signer: signer, Deposit: amount, ChallengeBlocks: challengeBlocks, ChallengeSeconds: challengeSeconds,
	}}
}

// Client speaks for an account through a node.
func (c *Cluster) Client(n *Node, account int) (*client.Client, error) {
	rpc, err := n.RPC()
	if err != nil {
		return nil, err
	}
	return client.New(client.Config{RPC: rpc, ChainID: c.ChainID, Signer: c.Keys[account]})
}
