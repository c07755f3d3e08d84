package machine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client"
	"ayni.example/inference/gateway"
	"ayni.example/receipt"
	"ayni.example/x/compute"
	"ayni.example/x/credit"
	"ayni.example/x/inference"
	"ayni.example/x/provider"
	"ayni.example/x/zkml"
)

// ledger is the client as the services see it; it also adds up the fees that this process paid.
type ledger struct {
	*client.Client
	riders riders // nil: none
	mu     sync.Mutex
	fees   math.Int
}

// riders are messages that go along with a transaction of the account, whatever it is for.
type riders interface {
	take() []sdk.Msg
	refused(err error)
}

func newLedger(c *client.Client) *ledger { return &ledger{Client: c, fees: math.ZeroInt()} }

// Submit sends messages and waits until they are in a block.
func (l *ledger) Submit(ctx context.Context, msgs ...sdk.Msg) error {
	_, err := l.send(ctx, msgs...)
	return err
}

// send takes riders along. Where the ledger refuses that, what the transaction is for goes without them.
func (l *ledger) send(ctx context.Context, msgs ...sdk.Msg) (client.TxResult, error) {
	if l.riders == nil {
		return l.sendAll(ctx, msgs)
	}
	more := l.riders.take()
	result, err := l.sendAll(ctx, slices.Concat(msgs, more))
	if len(more) > 0 && errors.Is(err, client.ErrRejected) {
		l.riders.refused(err)
		return l.sendAll(ctx, msgs)
	}
	return result, err
}

// enterModel registers a proved model, with riders as send takes them.
func (l *ledger) enterModel(ctx context.Context, msg *zkml.MsgRegisterModel) ([]byte, error) {
	l.caughtUp(ctx)
	var along []sdk.Msg
	if l.riders != nil {
		along = l.riders.take()
	}
	id, result, err := l.RegisterModel(ctx, msg, along...)
	if len(along) > 0 && errors.Is(err, client.ErrRejected) {
		l.riders.refused(err)
		id, result, err = l.RegisterModel(ctx, msg)
	}
	return id, l.account(result, err)
}

func (l *ledger) sendAll(ctx context.Context, msgs []sdk.Msg) (client.TxResult, error) {
	l.caughtUp(ctx)
	result, err := l.Client.Submit(ctx, msgs...)
	return result, l.account(result, err)
}

// Bid offers to take orders and says what became of each offer.
func (l *ledger) Bid(ctx context.Context, provider string, offers []compute.Offer) ([]compute.Answer, error) {
	return client.BidAnswers(l.send(ctx, &compute.MsgBids{Provider: provider, Offers: offers}))
}

// account adds a transaction's fee up, and tells what can be done about a refusal.
func (l *ledger) account(result client.TxResult, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, event := range result.Events {
		for _, a := range event.Attributes {
			if event.Type != sdk.EventTypeTx || a.Key != sdk.AttributeKeyFee {
				continue
			}
			if fee, ok := math.NewIntFromString(strings.TrimSuffix(a.Value, credit.Denom)); ok {
				l.fees = l.fees.Add(fee)
			}
		}
	}
	return refusal(err)
}

// catchUp bounds the wait for a node that has just started to be where the others are; until then it takes no transactions.
const (
	catchUp     = 30 * time.Second
	catchUpLook = 200 * time.Millisecond
)

// caughtUp waits until the node takes transactions, or long enough for the submission to say why it does not.
func (l *ledger) caughtUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, catchUp)
	defer cancel()
	for {
		if status, err := l.Status(ctx); err != nil || !status.CatchingUp {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(catchUpLook):
		}
	}
}

func (l *ledger) paid() math.Int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fees
}

// Channel is a channel with its claimed lanes.
func (l *ledger) Channel(ctx context.Context, id receipt.Digest) (credit.Channel, []credit.Lane, error) {
	return l.Client.Channel(ctx, id[:])
}

// Blocks tells the heights as they come.
func (l *ledger) Blocks(ctx context.Context) <-chan int64 {
	heights := make(chan int64)
	go func() {
		defer close(heights)
		for block := range l.WatchBlocks(ctx) {
			select {
			case heights <- block.Height:
			case <-ctx.Done():
				return
			}
		}
	}()
	return heights
}

// marketFresh is how old the list of offers may be.
const marketFresh = time.Second

// market lists the offers on the ledger for the gateway's router.
type market struct {
	ledger *ledger
	owed   *owed
	now    func() time.Time
	mu     sync.Mutex
	asked  time.Time
	list   []gateway.Offered
}

// Offers joins offers with their providers and models. It asks the ledger at most once a second.
func (m *market) Offers(ctx context.Context) ([]gateway.Offered, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now().Sub(m.asked) < marketFresh {
		return m.list, nil
	}
	offers, err := m.ledger.Offers(ctx, client.OfferFilter{})
	if err != nil {
		return nil, err
	}
	providers, err := m.ledger.Providers(ctx)
	if err != nil {
		return nil, err
	}
	models, err := m.ledger.Models(ctx)
	if err != nil {
		return nil, err
	}
	m.list, m.asked = join(offers, providers, models), m.now()
	for i, o := range m.list {
		m.list[i].Forbidden, m.list[i].Upstream = m.owed.forbids(ctx, o.Offer), m.owed.upstream(ctx, o.Offer.Model)
	}
	return m.list, nil
}

func join(offers []inference.Offer, providers []provider.Provider, models []inference.Model) []gateway.Offered {
	byAddress := make(map[string]provider.Provider, len(providers))
	for _, p := range providers {
		byAddress[p.Address] = p
	}
	byDigest := make(map[string]inference.Model, len(models))
	for _, m := range models {
		byDigest[string(m.Digest)] = m
	}
	list := make([]gateway.Offered, 0, len(offers))
	for _, o := range offers {
		if p, ok := byAddress[o.Provider]; ok {
			list = append(list, gateway.Offered{Offer: o, Provider: p, Model: byDigest[string(o.Model)]})
		}
	}
	return list
}
