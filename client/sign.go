package client

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/math"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	gogoproto "github.com/cosmos/gogoproto/proto"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
)

// queue is the account's turn to send, and what the ledger expects of the account next.
type queue struct {
	turn chan struct{}

	known    bool // the two below are the ledger's, as far as we know
	number   uint64
	sequence uint64
	height   int64    // after which the ledger said the two below
	price    math.Int // acredit per gas
	rest     uint64   // gas of the account's quota
}

func newQueue() *queue { return &queue{turn: make(chan struct{}, 1)} }

func (q *queue) enter(ctx context.Context) error {
	select {
	case q.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *queue) leave() { <-q.turn }

// load asks the ledger for the account's number and sequence, unless they are known, and for the price of gas and the account's
// quota, which others change too, once in a block.
func (q *queue) load(ctx context.Context, c *Client, height int64) error {
	if q.known && q.height >= height {
		return nil
	}
	var err error
	if q.price, err = c.Price(ctx); err != nil {
		return err
	}
	if _, q.rest, err = c.Quota(ctx, c.address); err != nil {
		return err
	}
	q.height = height
	if q.known {
		return nil
	}
	answer, err := authtypes.NewQueryClient(c.conn).AccountInfo(ctx, &authtypes.QueryAccountInfoRequest{Address: c.address})
	if errors.Is(err, ErrNotFound) {
		return fmt.Errorf("account %s: %w", c.address, ErrNoBalance) // an account begins with its first credits
	}
	if err != nil {
		return fmt.Errorf("account %s: %w", c.address, err)
	}
	q.number, q.sequence, q.known = answer.Info.AccountNumber, answer.Info.Sequence, true
	return nil
}

// order is the transaction that the account sends next, without a fee.
func (c *Client) order(msgs []sdk.Msg, gas uint64) Order {
	q := c.queue
	return Order{ChainID: c.chainID, Number: q.number, Sequence: q.sequence, Gas: gas, Fee: math.ZeroInt(), Messages: msgs}
}

// draft is for simulation: its signature has the right size and no worth, and its fee is the least that still moves money.
func (c *Client) draft(msgs []sdk.Msg, free bool) ([]byte, error) {
	order := c.order(msgs, 0)
	if !free {
		order.Fee = math.OneInt()
	}
	return order.encode(c.signer.PubKey(), func([]byte) ([]byte, error) {
		return make([]byte, ethkey.SignatureSize), nil
	})
}

// Order is a transaction before it is signed, for those who keep the account's sequence themselves.
type Order struct {
	ChainID          string
	Number, Sequence uint64   // of the account
	Gas              uint64   // at most
	Fee              math.Int // zero: for the account's quota
	Messages         []sdk.Msg
}

// Sign gives the bytes to broadcast.
func (o Order) Sign(signer Signer) ([]byte, error) { return o.encode(signer.PubKey(), signer.Sign) }

func (o Order) encode(key gogoproto.Message, sign func([]byte) ([]byte, error)) ([]byte, error) {
	body := &tx.TxBody{}
	for _, msg := range o.Messages {
		packed, err := codectypes.NewAnyWithValue(msg)
		if err != nil {
			return nil, fmt.Errorf("encode %T: %w", msg, err)
		}
		body.Messages = append(body.Messages, packed)
	}
	packed, err := codectypes.NewAnyWithValue(key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	mode := &tx.ModeInfo{Sum: &tx.ModeInfo_Single_{Single: &tx.ModeInfo_Single{Mode: signing.SignMode_SIGN_MODE_DIRECT}}}
	auth := &tx.AuthInfo{
		SignerInfos: []*tx.SignerInfo{{PublicKey: packed, ModeInfo: mode, Sequence: o.Sequence}},
		Fee:         &tx.Fee{Amount: sdk.NewCoins(sdk.NewCoin(credit.Denom, o.Fee)), GasLimit: o.Gas},
	}
	var raw tx.TxRaw
	if raw.BodyBytes, err = body.Marshal(); err != nil {
		return nil, fmt.Errorf("encode transaction: %w", err)
	}
	if raw.AuthInfoBytes, err = auth.Marshal(); err != nil {
		return nil, fmt.Errorf("encode transaction: %w", err)
	}
	doc := tx.SignDoc{BodyBytes: raw.BodyBytes, AuthInfoBytes: raw.AuthInfoBytes, ChainId: o.ChainID, AccountNumber: o.Number}
	message, err := doc.Marshal()
	if err != nil {
		return nil, fmt.Errorf("encode transaction: %w", err)
	}
	signature, err := sign(message)
	if err != nil {
		return nil, fmt.Errorf("sign transaction: %w", err)
	}
	raw.Signatures = [][]byte{signature}
	return raw.Marshal()
}
