package credit

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/receipt"
	"ayni.example/x/credit"
)

// Ledger is what this package asks of the ledger; package client answers it.
type Ledger interface {
	// Submit signs the messages with the account key and returns once they are in a block, or why they are not.
	Submit(ctx context.Context, msgs ...sdk.Msg) error
	// Params are the rules of money.
	Params(ctx context.Context) (credit.Params, error)
	// VoucherFormat is the newest format that a claim may hold: from 2 on a voucher names the model that it pays for.
	VoucherFormat(ctx context.Context) (uint32, error)
	// Channel is a channel with the lanes on which something was claimed.
	Channel(ctx context.Context, id receipt.Digest) (credit.Channel, []credit.Lane, error)
	// Channels lists all channels of a payer or of a payee; the other is empty.
	Channels(ctx context.Context, payer, payee string) ([]credit.Channel, error)
	// Blocks tells the heights as they come and closes with ctx; heights may be skipped.
	Blocks(ctx context.Context) <-chan int64
}
