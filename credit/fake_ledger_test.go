package credit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/receipt"
	"ayni.example/x/credit"
)

const chainID = "ayni_7-1"

var errDown = errors.New("ledger is out of reach")

// fakeLedger holds channels in memory under the ledger's own pure rules: transitions, order of vouchers, signatures, bounds.
type fakeLedger struct {
	mu       sync.Mutex
	params   credit.Params
	format   uint32                      // of vouchers, newest that a claim may hold
	paidFor  map[receipt.Digest]math.Int // by model; absent: the first format
	channels map[string]credit.Channel
	lanes    map[string]map[uint32]credit.Lane
	balances map[string]math.Int
	height   int64
	now      time.Time
	sequence uint64
	down     bool
	lose     bool // apply the next messages but answer with an error
	claims   []int
	watchers []chan int64
}

func newFakeLedger() *fakeLedger {
	return &fakeLedger{
		params: credit.DefaultParams(), format: credit.VoucherFormat, paidFor: map[receipt.Digest]math.Int{}, channels: map[string]credit.Channel{}, lanes: map[string]map[uint32]credit.Lane{},
		balances: map[string]math.Int{}, height: 1, now: time.Unix(1_790_000_000, 0),
	}
}

func (f *fakeLedger) Submit(_ context.Context, msgs ...sdk.Msg) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return errDown
	}
	channels, balances := maps.Clone(f.channels), maps.Clone(f.balances)
	lanes := map[string]map[uint32]credit.Lane{}
	for id, of := range f.lanes {
		lanes[id] = maps.Clone(of)
	}
	for _, msg := range msgs {
		if err := f.apply(msg); err != nil {
			f.channels, f.balances, f.lanes = channels, balances, lanes // a transaction is all or nothing
			return err
		}
	}
	f.block()
	if f.lose {
		f.lose = false
		return errDown
	}
	return nil
}

func (f *fakeLedger) apply(msg sdk.Msg) error {
	switch m := msg.(type) {
	case *credit.MsgOpenChannel:
		return f.open(m)
	case *credit.MsgTopUp:
		if err := m.ValidateBasic(); err != nil {
			return err
		}
		c, err := f.channel(m.Channel)
		if err != nil {
			return err
		}
		if c, err = c.TopUp(m.Amount); err != nil {
			return err
		}
		f.channels[string(c.Id)] = c
		return f.move(m.Payer, m.Amount.Neg())
	case *credit.MsgClaim:
		return f.claim(m)
	case *credit.MsgCloseChannel:
		c, err := f.channel(m.Channel)
		if err != nil {
			return err
		}
		if m.Sender == c.Payee {
			return f.refund(c.Closed())
		}
		c, err = c.Closing(f.height, f.now)
		f.channels[string(m.Channel)] = c
		return err
	case *credit.MsgFinaliseChannel:
		c, err := f.channel(m.Channel)
		if err != nil {
			return err
		}
		return f.refund(c.Finalised(f.height, f.now))
	default:
		return fmt.Errorf("message %T is unknown", msg)
	}
}

func (f *fakeLedger) open(m *credit.MsgOpenChannel) error {
	if err := errors.Join(m.ValidateBasic(), f.params.CheckChallenge(m.ChallengeBlocks, m.ChallengeSeconds)); err != nil {
		return err
	}
	c := credit.Channel{
		Id: credit.ChannelID(chainID, m.Payer, m.Payee, f.sequence), Payer: m.Payer, Payee: m.Payee, Signer: m.Signer,
		Deposit: m.Deposit, Claimed: math.ZeroInt(), ChallengeBlocks: m.ChallengeBlocks, ChallengeSeconds: m.ChallengeSeconds,
		State: credit.ChannelOpen, OpenedHeight: f.height,
	}
	f.sequence++
	if err := c.Validate(); err != nil {
		return err
	}
	f.channels[string(c.Id)], f.lanes[string(c.Id)] = c, map[uint32]credit.Lane{}
	return f.move(m.Payer, m.Deposit.Neg())
}

func (f *fakeLedger) claim(m *credit.MsgClaim) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	if len(m.Vouchers) > int(f.params.VouchersMax) {
		return credit.ErrInvalid
	}
	f.claims = append(f.claims, len(m.Vouchers))
	for _, v := range m.Vouchers {
		c, err := f.channel(v.Channel)
		if err != nil {
			return err
		}
		if err := v.Verify(chainID, c.Signer); err != nil {
			return err
		}
		if c.State == credit.ChannelClosed {
			return credit.ErrState
		}
		if len(v.Model) > 0 && f.format < credit.VoucherFormat {
			return credit.ErrInvalid
		}
		if v.Lane >= f.params.LanesMax {
			return credit.ErrLane
		}
		l, ok := f.lanes[string(c.Id)][v.Lane]
		if !ok {
			l = credit.NewLane(c.Id, v.Lane)
		}
		if !l.Precedes(v) {
			continue
		}
		paid := v.Cumulative.Sub(l.Cumulative)
		if paid.GT(c.Remaining()) {
			return credit.ErrDeposit
		}
		c.Claimed = c.Claimed.Add(paid)
		f.earn(v.Model, paid)
		f.channels[string(c.Id)], f.lanes[string(c.Id)][v.Lane] = c, l.Advance(v, f.height)
		if err := f.move(c.Payee, paid); err != nil {
			return err
		}
	}
	return nil
}

// earn counts what was paid as earned by the model that the voucher names, as the ledger does.
func (f *fakeLedger) earn(model []byte, paid math.Int) {
	var of receipt.Digest
	copy(of[:], model)
	if sum, ok := f.paidFor[of]; ok {
		paid = paid.Add(sum)
	}
	f.paidFor[of] = paid
}

func (f *fakeLedger) refund(c credit.Channel, err error) error {
	if err != nil {
		return err
	}
	f.channels[string(c.Id)] = c
	return f.move(c.Payer, c.Remaining())
}

func (f *fakeLedger) move(address string, amount math.Int) error {
	balance, ok := f.balances[address]
	if !ok {
		balance = math.ZeroInt()
	}
	if balance = balance.Add(amount); balance.IsNegative() {
		return errors.New("insufficient funds")
	}
	f.balances[address] = balance
	return nil
}

func (f *fakeLedger) channel(id []byte) (credit.Channel, error) {
	c, ok := f.channels[string(id)]
	if !ok {
		return c, credit.ErrNotFound
	}
	return c, nil
}

// block tells all watchers of a new height; f.mu is held.
func (f *fakeLedger) block() {
	f.height++
	for _, w := range f.watchers {
		select {
		case w <- f.height:
		default:
		}
	}
}

func (f *fakeLedger) Params(context.Context) (credit.Params, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return credit.Params{}, errDown
	}
	return f.params, nil
}

func (f *fakeLedger) VoucherFormat(context.Context) (uint32, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return 0, errDown
	}
	return f.format, nil
}

func (f *fakeLedger) Channel(_ context.Context, id receipt.Digest) (credit.Channel, []credit.Lane, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return credit.Channel{}, nil, errDown
	}
	c, err := f.channel(id[:])
	lanes := slices.SortedFunc(maps.Values(f.lanes[string(id[:])]), func(a, b credit.Lane) int { return int(a.Lane) - int(b.Lane) })
	return c, lanes, err
}

func (f *fakeLedger) Channels(_ context.Context, payer, payee string) ([]credit.Channel, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return nil, errDown
	}
	var list []credit.Channel
	for _, c := range f.channels {
		if (payer != "" && c.Payer == payer) || (payee != "" && c.Payee == payee) {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b credit.Channel) int { return bytes.Compare(a.Id, b.Id) })
	return list, nil
}

func (f *fakeLedger) Blocks(ctx context.Context) <-chan int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := make(chan int64, 1)
	f.watchers = append(f.watchers, w)
	out := make(chan int64)
	go func() {
		defer close(out)
		for {
			select {
			case <-ctx.Done():
				return
			case height := <-w:
				select {
				case out <- height:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return out
}

// set changes the ledger under its lock.
func (f *fakeLedger) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fakeLedger) balance(address string) math.Int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if b, ok := f.balances[address]; ok {
		return b
	}
	return math.ZeroInt()
}

// supply is all money: balances and what is locked. It never changes.
func (f *fakeLedger) supply() math.Int {
	f.mu.Lock()
	defer f.mu.Unlock()
	sum := math.ZeroInt()
	for _, b := range f.balances {
		sum = sum.Add(b)
	}
	for _, c := range f.channels {
		sum = sum.Add(c.Locked())
	}
	return sum
}
