package credit

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"cosmossdk.io/math"

	"ayni.example/internal/clock"
	"ayni.example/receipt"
	"ayni.example/x/credit"
)

// Policy says how much money the payer locks, and for how long.
type Policy struct {
	Deposit          math.Int // of a new channel, and the least step of a top-up
	DepositMax       math.Int // most that one channel may ever hold
	Lanes            uint32   // concurrent jobs for one payee; the ledger's bound counts too
	ChallengeBlocks  uint32   // 0: the ledger's least
	ChallengeSeconds uint32   // 0: the ledger's least
}

// payerFresh is how old a channel's state may be before the ledger is asked again whether it is still open.
const payerFresh = 20 * time.Second

// PayerConfig is what a Payer needs.
type PayerConfig struct {
	Store   *Store
	Ledger  Ledger
	ChainID string
	Address string             // account that pays
	Session ed25519.PrivateKey // signs vouchers and deliveries
	Policy  Policy
	Clock   clock.Clock
	Logger  *slog.Logger
}

// Payer opens channels and pays by vouchers.
type Payer struct {
	cfg    PayerConfig
	key    receipt.Key
	mu     sync.Mutex
	payees map[string]*payerChannel
}

// payerChannel is the one channel in use for a payee.
type payerChannel struct {
	opening  chan struct{} // holds one token: who has it may talk to the ledger about this payee
	mu       sync.Mutex
	id       receipt.Digest
	deposit  math.Int
	lanes    map[uint32]*lane
	ceiling  map[laneKey]math.Int // lanes in use, and what their cumulative amount may come to
	claimed  map[uint32]math.Int  // what the ledger has seen of each lane
	format   uint32               // newest that the ledger takes
	read     time.Time            // when the ledger was last asked
	lanemax  uint32
	released chan struct{} // closed and replaced at each release
}

// NewPayer returns a Payer. It talks to the ledger only when a lane is asked for.
func NewPayer(cfg PayerConfig) (*Payer, error) {
	if cfg.Store == nil || cfg.Ledger == nil || cfg.ChainID == "" || cfg.Address == "" || cfg.Clock == nil || cfg.Logger == nil {
		return nil, errors.New("payer: store, ledger, chain id, address, clock and logger are required")
	}
	if len(cfg.Session) != ed25519.PrivateKeySize {
		return nil, errors.New("payer: session key is required")
	}
	if cfg.Policy.Deposit.IsNil() || !cfg.Policy.Deposit.IsPositive() {
		return nil, errors.New("payer: the policy's deposit must be positive")
	}
	if cfg.Policy.DepositMax.IsNil() || cfg.Policy.DepositMax.LT(cfg.Policy.Deposit) {
		return nil, errors.New("payer: the policy's greatest deposit must not be below its deposit")
	}
	cfg.Clock = clock.Wall(cfg.Clock)
	if cfg.Policy.Lanes == 0 {
		cfg.Policy.Lanes = 16
	}
	return &Payer{cfg: cfg, key: receipt.PublicKey(cfg.Session), payees: map[string]*payerChannel{}}, nil
}

// Key is the public half of the session key.
func (p *Payer) Key() receipt.Key { return p.key }

// SignDelivery signs a gateway's note with the session key.
func (p *Payer) SignDelivery(d *receipt.Delivery) error { return d.Sign(p.cfg.Session) }

// Want is what a lane is taken for.
type Want struct {
	Payee string
	Keys  []receipt.Key  // the payee's receipt keys on the ledger
	Model receipt.Digest // that the job is answered by; absent when the lane is only healed
	Most  math.Int       // that the job may cost
}

// Lane takes a lane; it opens a channel or raises its deposit where that is necessary, and waits for a lane to fall free.
func (p *Payer) Lane(ctx context.Context, want Want) (*PayerLane, error) {
	if want.Most.IsNil() || want.Most.IsNegative() {
		return nil, fmt.Errorf("%w: the most that a job may cost is absent or negative", ErrBudget)
	}
	payee, c := want.Payee, p.payee(want.Payee)
	for {
		if err := p.fund(ctx, c, payee, want.Most); err != nil {
			return nil, err
		}
		lane, wait, err := p.pick(c, want)
		if errors.Is(err, ErrModel) {
			if err := p.settle(ctx, c, want); err != nil {
				return nil, err
			}
			continue
		}
		if lane != nil || err != nil {
			return lane, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: all lanes to %s: %w", ErrLaneBusy, payee, ctx.Err())
		}
	}
}

// Interrupted lists the payees on whose lanes a job was left open: taking a lane to them heals it.
func (p *Payer) Interrupted(ctx context.Context) ([]string, error) {
	lanes, err := p.cfg.Store.lanes(ctx, payerSide, receipt.Digest{})
	if err != nil {
		return nil, err
	}
	var payees []string
	seen := map[string]bool{}
	for _, l := range lanes {
		if l.job != nil && l.state == laneOpen && !seen[l.peer] {
			seen[l.peer] = true
			payees = append(payees, l.peer)
		}
	}
	return payees, nil
}

func (p *Payer) payee(address string) *payerChannel {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.payees[address]
	if c == nil {
		c = &payerChannel{
			opening: make(chan struct{}, 1), released: make(chan struct{}),
			deposit: math.ZeroInt(), lanes: map[uint32]*lane{}, ceiling: map[laneKey]math.Int{}, claimed: map[uint32]math.Int{},
		}
		c.opening <- struct{}{}
		p.payees[address] = c
	}
	return c
}

// pick takes a free lane that may serve the model: one with an interrupted job first, so that it heals, then the lowest. Without
// one it returns a channel that closes when it is worth another look, or ErrModel when only claims can make room.
func (p *Payer) pick(c *payerChannel, want Want) (*PayerLane, <-chan struct{}, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.id.IsZero() || c.free().LT(want.Most) {
		return nil, closedChannel(), nil // another job was faster, or the channel ended: fund again
	}
	limit := min(p.cfg.Policy.Lanes, c.lanemax)
	best, found, usable, other := uint32(0), false, false, false
	for index := range c.lanemax {
		l, known := c.lanes[index]
		if known && l.state != laneOpen {
			continue
		}
		usable = true
		if _, busy := c.ceiling[laneKey{payerSide, c.id, index}]; busy {
			continue
		}
		if known && !want.Model.IsZero() && !l.serves(c.names(want.Model), c.seen(index)) {
			other = true
			continue
		}
		if interrupted := known && l.job != nil; interrupted || !found {
			best, found = index, true
			if interrupted {
				break
			}
		}
	}
	switch {
	case !usable:
		return nil, nil, fmt.Errorf("%w: no lane of channel %s is left; close it and open another", ErrLaneLost, c.id)
	case len(c.ceiling) >= int(limit), !found && !other:
		return nil, c.released, nil
	case !found:
		return nil, nil, ErrModel
	}
	if c.lanes[best] == nil {
		c.lanes[best] = newLane(laneKey{payerSide, c.id, best}, want.Payee, p.key)
	}
	c.ceiling[laneKey{payerSide, c.id, best}] = c.lanes[best].cumulative().Add(want.Most)
	return &PayerLane{payer: p, channel: c, lane: c.lanes[best], keys: want.Keys}, nil, nil
}

// names is what vouchers for the model say of it: nothing where the ledger takes the first format alone.
func (c *payerChannel) names(model receipt.Digest) receipt.Digest {
	if c.format < credit.VoucherFormat {
		return receipt.Digest{}
	}
	return model
}

// seen is what the ledger was last known to have claimed of a lane.
func (c *payerChannel) seen(lane uint32) math.Int {
	if claimed, ok := c.claimed[lane]; ok {
		return claimed
	}
	return math.ZeroInt()
}

// free is what the deposit covers beyond all promises and reservations. c.mu is held.
func (c *payerChannel) free() math.Int {
	free := c.deposit
	for index, l := range c.lanes {
		promised := math.MaxInt(l.cumulative(), l.claimed)
		if ceiling, busy := c.ceiling[laneKey{payerSide, c.id, index}]; busy {
			promised = math.MaxInt(promised, ceiling)
		}
		free = free.Sub(promised)
	}
	return free
}

func closedChannel() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// usableChannel tells whether vouchers of this payer can still go into a channel.
func (p *Payer) usableChannel(c credit.Channel) bool {
	return c.State == credit.ChannelOpen && len(c.Signer) == len(p.key) && receipt.Key(c.Signer) == p.key
}
