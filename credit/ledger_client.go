package credit

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client"
	"ayni.example/receipt"
	"ayni.example/x/credit"
)

// OnLedger is the Ledger that a client reaches.
func OnLedger(c *client.Client) Ledger { return onLedger{c} }

type onLedger struct{ client *client.Client }

func (l onLedger) Submit(ctx context.Context, msgs ...sdk.Msg) error {
	_, err := l.client.Submit(ctx, msgs...)
	return err
}

func (l onLedger) Params(ctx context.Context) (credit.Params, error) { return l.client.Params(ctx) }

func (l onLedger) VoucherFormat(ctx context.Context) (uint32, error) {
	return l.client.VoucherFormat(ctx)
}

func (l onLedger) Channel(ctx context.Context, id receipt.Digest) (credit.Channel, []credit.Lane, error) {
	return l.client.Channel(ctx, id[:])
}

func (l onLedger) Channels(ctx context.Context, payer, payee string) ([]credit.Channel, error) {
	return l.client.Channels(ctx, payer, payee)
}

func (l onLedger) Blocks(ctx context.Context) <-chan int64 {
	heights := make(chan int64)
	go func() { // ends with ctx, of which closing heights tells the reader
		defer close(heights)
		for block := range l.client.WatchBlocks(ctx) {
			select {
			case heights <- block.Height:
			case <-ctx.Done():
				return
			}
		}
	}()
	return heights
}
