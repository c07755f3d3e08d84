package servetest

import (
	"context"
	"fmt"
	"sync"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/receipt"
	"ayni.example/x/credit"
)

// ChainID is the ledger's.
const ChainID = "ayni_7-1"

// Ledger holds channels in memory. Deposits come from nowhere: what balances do is for tests with a real ledger.
type Ledger struct {
	mu       sync.Mutex
	channels []credit.Channel
	down     error
}

// NewLedger has no channels.
func NewLedger() *Ledger { return &Ledger{} }

// SetDown makes every call fail, or work again with nil.
func (l *Ledger) SetDown(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = err
}

// Change edits every channel.
func (l *Ledger) Change(edit func(*credit.Channel)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.channels {
		edit(&l.channels[i])
	}
}

// Submit opens channels and raises deposits.
func (l *Ledger) Submit(_ context.Context, msgs ...sdk.Msg) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down != nil {
		return l.down
	}
	for _, msg := range msgs {
		switch m := msg.(type) {
		case *credit.MsgOpenChannel:
			l.channels = append(l.channels, credit.Channel{
				Id: credit.ChannelID(ChainID, m.Payer, m.Payee, uint64(len(l.channels))), Payer: m.Payer, Payee: m.Payee,
				Signer: m.Signer, Deposit: m.Deposit, Claimed: math.ZeroInt(), ChallengeBlocks: m.ChallengeBlocks,
				ChallengeSeconds: m.ChallengeSeconds, State: credit.ChannelOpen, OpenedHeight: 1,
			})
		case *credit.MsgTopUp:
			i, err := l.find(receipt.Digest(m.Channel))
			if err != nil {
				return err
			}
			if l.channels[i], err = l.channels[i].TopUp(m.Amount); err != nil {
				return err
			}
		default:
			return fmt.Errorf("message %T is not for this ledger", msg)
		}
	}
	return nil
}

// Params are the defaults.
func (l *Ledger) Params(context.Context) (credit.Params, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return credit.DefaultParams(), l.down
}

// VoucherFormat is the newest.
func (l *Ledger) VoucherFormat(context.Context) (uint32, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return credit.VoucherFormat, l.down
}

// Channel has no claimed lanes.
func (l *Ledger) Channel(_ context.Context, id receipt.Digest) (credit.Channel, []credit.Lane, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down != nil {
		return credit.Channel{}, nil, l.down
	}
	i, err := l.find(id)
	if err != nil {
		return credit.Channel{}, nil, err
	}
	return l.channels[i], nil, nil
}

// Channels lists those of a payer or payee.
func (l *Ledger) Channels(_ context.Context, payer, payee string) ([]credit.Channel, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []credit.Channel
	for _, c := range l.channels {
		if (payer != "" && c.Payer == payer) || (payee != "" && c.Payee == payee) {
			list = append(list, c)
		}
	}
	return list, l.down
}

// Blocks tells of none.
func (l *Ledger) Blocks(ctx context.Context) <-chan int64 {
	heights := make(chan int64)
	context.AfterFunc(ctx, func() { close(heights) })
	return heights
}

func (l *Ledger) find(id receipt.Digest) (int, error) {
	for i, c := range l.channels {
		if receipt.Digest(c.Id) == id {
			return i, nil
		}
	}
	return 0, fmt.Errorf("channel %s: %w", id, credit.ErrNotFound)
}
