package client

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	gogoproto "github.com/cosmos/gogoproto/proto"

	"ayni.example/x/fee"
)

const (
	// attempts bounds how often a transaction is signed anew because another one of the account came first.
	attempts = 6
	// gasNumerator over gasDenominator is the margin on the simulated gas, since state may change until execution.
	gasNumerator, gasDenominator = 13, 10
	// Bounds of the wait between looks for a transaction.
	pollMin, pollMax = 20 * time.Millisecond, 250 * time.Millisecond
)

// TxResult is a transaction in a block.
type TxResult struct {
	Hash   []byte
	Height int64
	Code   uint32 // zero, since other codes are errors
	Events []abci.Event
	Gas    int64 // used

	data []byte
}

// Response decodes the answer to the index-th message.
func (r TxResult) Response(index int, message gogoproto.Message) error {
	var all sdk.TxMsgData
	if err := all.Unmarshal(r.data); err != nil {
		return fmt.Errorf("decode answers of %X: %w", r.Hash, err)
	}
	if index < 0 || index >= len(all.MsgResponses) {
		return fmt.Errorf("transaction %X has %d answers, not %d", r.Hash, len(all.MsgResponses), index+1)
	}
	answer := all.MsgResponses[index]
	if want := "/" + gogoproto.MessageName(message); answer.TypeUrl != want {
		return fmt.Errorf("answer %d of %X is %s, not %s", index, r.Hash, answer.TypeUrl, want)
	}
	if err := gogoproto.Unmarshal(answer.Value, message); err != nil {
		return fmt.Errorf("decode answer %d of %X: %w", index, r.Hash, err)
	}
	return nil
}

// Submit signs messages as one transaction, sends it and waits until it is in a block; all take effect or none does. The wait
// ends with ctx, or after a minute: ErrUnconfirmed then says that the transaction may still come.
func (c *Client) Submit(ctx context.Context, msgs ...sdk.Msg) (TxResult, error) {
	return c.submit(ctx, 0, msgs)
}

// SubmitGas is Submit with a gas limit that the caller knows, for messages that the node need not, or would not, simulate.
func (c *Client) SubmitGas(ctx context.Context, gas uint64, msgs ...sdk.Msg) (TxResult, error) {
	return c.submit(ctx, gas, msgs)
}

func (c *Client) submit(ctx context.Context, gas uint64, msgs []sdk.Msg) (TxResult, error) {
	if c.signer == nil {
		return TxResult{}, ErrNoSigner
	}
	if len(msgs) == 0 {
		return TxResult{}, errors.New("nothing to submit")
	}
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, submitTimeout)
		defer cancel()
	}
	before, err := c.Status(ctx)
	if err != nil {
		return TxResult{}, err
	}
	sent, err := c.send(ctx, gas, msgs, before.Height)
	if err != nil {
		return TxResult{}, err
	}
	return c.await(ctx, sent, before.Height+1)
}

// sent is a transaction that the node took into its queue.
type sent struct {
	order  Order
	price  math.Int // offered for a unit of gas; zero: for the quota
	hashes [][]byte // of what was signed so far: it is signed anew when the price outgrows the offer
}

// send passes the account's queue, since a transaction is valid only right behind the one before it. The ledger is at height.
func (c *Client) send(ctx context.Context, gas uint64, msgs []sdk.Msg, height int64) (*sent, error) {
	if err := c.queue.enter(ctx); err != nil {
		return nil, fmt.Errorf("wait to submit: %w", err)
	}
	defer c.queue.leave()
	var err error
	for attempt := range attempts {
		if err = c.queue.load(ctx, c, height); err != nil {
			return nil, err
		}
		var s *sent
		if s, err = c.sendOnce(ctx, gas, msgs); err == nil {
			c.queue.sequence++
			return s, nil
		}
		c.queue.known = false
		if !retryable(err) {
			return nil, err
		}
		c.logger.Debug("transaction is signed anew", "attempt", attempt+1, "error", err.Error())
		if waitErr := sleep(ctx, pause(attempt)); waitErr != nil {
			return nil, fmt.Errorf("%w: %w", err, waitErr)
		}
	}
	return nil, err
}

// sendOnce uses the account's quota where that covers the gas, and pays otherwise. What the ledger leaves of a quota does not know
// of transactions that still wait for a block; the node does, and says so.
func (c *Client) sendOnce(ctx context.Context, known uint64, msgs []sdk.Msg) (*sent, error) {
	if q := c.queue; q.rest > 0 {
		gas, err := c.estimate(ctx, known, msgs, true)
		if err != nil {
			return nil, err
		}
		if gas <= q.rest {
			s := &sent{order: c.order(msgs, gas), price: math.ZeroInt()}
			if err = c.broadcast(ctx, s); err == nil {
				q.rest -= gas
			}
			if !errors.Is(err, fee.ErrQuota) {
				return s, err
			}
			q.rest = 0 // until the next block
		}
	}
	gas, err := c.estimate(ctx, known, msgs, false)
	if err != nil {
		return nil, err
	}
	price, err := offer(c.queue.price, c.most)
	if err != nil {
		return nil, err
	}
	s := &sent{order: c.order(msgs, gas), price: price}
	return s, c.broadcast(ctx, s)
}

// estimate is the gas that a transaction should ask for; known, where that is not zero.
func (c *Client) estimate(ctx context.Context, known uint64, msgs []sdk.Msg, free bool) (uint64, error) {
	if known > 0 {
		return known, nil
	}
	draft, err := c.draft(msgs, free)
	if err != nil {
		return 0, err
	}
	gas, err := c.simulate(ctx, draft)
	return (gas + chargeGas) * gasNumerator / gasDenominator, err
}

// simulate asks the node how much gas a transaction takes now.
func (c *Client) simulate(ctx context.Context, raw []byte) (uint64, error) {
	value, err := c.conn.query(ctx, "/app/simulate", raw)
	if err != nil {
		return 0, foreseen(err)
	}
	var answer struct {
		GasInfo struct {
			GasUsed string `json:"gas_used"`
		} `json:"gas_info"`
	}
	if err := json.Unmarshal(value, &answer); err != nil {
		return 0, fmt.Errorf("decode simulation: %w", err)
	}
	gas, err := strconv.ParseUint(answer.GasInfo.GasUsed, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("decode simulation: %w", err)
	}
	return gas, nil
}

// broadcast signs a transaction and hands it to the node's queue; being there already is success.
func (c *Client) broadcast(ctx context.Context, s *sent) error {
	s.order.Fee = s.price.Mul(math.NewIntFromUint64(s.order.Gas))
	raw, err := s.order.Sign(c.signer)
	if err != nil {
		return err
	}
	hash := cmttypes.Tx(raw).Hash()
	if !slices.ContainsFunc(s.hashes, func(h []byte) bool { return bytes.Equal(h, hash) }) {
		s.hashes = append(s.hashes, hash) // first, since without an answer it may be in a block all the same
	}
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	result, err := c.rpc.BroadcastTxSync(callCtx, raw)
	switch {
	case err != nil && strings.Contains(err.Error(), "tx already exists in cache"): // HTTP carries errors as text alone
	case err != nil && strings.Contains(err.Error(), "mempool is full"):
		return fmt.Errorf("send transaction: %w: %w", ErrBusy, err)
	case err != nil:
		return unreachable("send transaction "+hex.EncodeToString(hash), err)
	default:
		if err := rejected(result.Codespace, result.Code, result.Log); err != nil {
			return fmt.Errorf("send transaction: %w", err)
		}
	}
	return nil
}

// retryable are refusals that a fresh look at the account and the price may lift.
func retryable(err error) bool {
	return errors.Is(err, sdkerrors.ErrWrongSequence) || errors.Is(err, sdkerrors.ErrInsufficientFee) || errors.Is(err, ErrBusy)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
