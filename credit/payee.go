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

// maxMissing bounds the receipts that one resume hands over.
const maxMissing = 64

// PayeeConfig is what a Payee needs.
type PayeeConfig struct {
	Store   *Store
	Ledger  Ledger
	ChainID string
	Address string             // account that channels pay
	Receipt ed25519.PrivateKey // signs receipts
	Clock   clock.Clock
	Logger  *slog.Logger

	// ChallengeSeconds is the shortest challenge period served against: the watchtower needs this long. Default 60.
	ChallengeSeconds uint32
	// Fresh is how old the knowledge of a channel may be. It must be well below the challenge period. Default 20 s.
	Fresh time.Duration
	// Nudge, if set, is called after a voucher was stored that promises money not yet claimed.
	Nudge func()
}

// Payee accepts vouchers and signs receipts.
type Payee struct {
	cfg      PayeeConfig
	mu       sync.Mutex
	channels map[receipt.Digest]*payeeChannel
}

// payeeChannel is what is known of a channel; its mutex orders what its lanes promise against one deposit.
type payeeChannel struct {
	mu      sync.Mutex
	id      receipt.Digest
	state   credit.Channel
	read    time.Time
	lanes   map[uint32]math.Int // the greater of promised and claimed
	claimed map[uint32]math.Int // what the ledger has seen
	format  uint32              // newest that the ledger takes
	busy    map[uint32]bool
	lanemax uint32
}

// NewPayee returns a Payee; jobs that a crash left open wait in the store for their payers.
func NewPayee(cfg PayeeConfig) (*Payee, error) {
	if cfg.Store == nil || cfg.Ledger == nil || cfg.ChainID == "" || cfg.Address == "" || cfg.Clock == nil || cfg.Logger == nil {
		return nil, errors.New("payee: store, ledger, chain id, address, clock and logger are required")
	}
	if len(cfg.Receipt) != ed25519.PrivateKeySize {
		return nil, errors.New("payee: receipt key is required")
	}
	cfg.Clock = clock.Wall(cfg.Clock) // a channel may have ended while the machine slept
	if cfg.ChallengeSeconds == 0 {
		cfg.ChallengeSeconds = 60
	}
	if cfg.Fresh == 0 {
		cfg.Fresh = 20 * time.Second
	}
	return &Payee{cfg: cfg, channels: map[receipt.Digest]*payeeChannel{}}, nil
}

// Remaining is what a channel's deposit still covers beyond everything promised on its lanes.
func (p *Payee) Remaining(ctx context.Context, channel receipt.Digest) (math.Int, error) {
	c, err := p.channel(ctx, channel)
	if err != nil {
		return math.Int{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := p.usable(ctx, c); err != nil {
		return math.Int{}, err
	}
	return c.state.Deposit.Sub(c.promised()), nil
}

// Forget drops what is cached of a channel, so that the next use reads the ledger; the watchtower calls it.
func (p *Payee) Forget(channel receipt.Digest) {
	p.mu.Lock()
	c := p.channels[channel]
	p.mu.Unlock()
	if c != nil {
		c.mu.Lock()
		c.read = time.Time{}
		c.mu.Unlock()
	}
}

// channel finds or makes the entry of a channel; what the ledger says is read by usable.
func (p *Payee) channel(ctx context.Context, id receipt.Digest) (*payeeChannel, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.channels[id]; c != nil {
		return c, nil
	}
	// The ledger is asked first, so that invented ids do not fill the map.
	state, _, err := p.cfg.Ledger.Channel(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrChannel, err)
	}
	if state.Payee != p.cfg.Address {
		return nil, fmt.Errorf("%w: it pays %s", ErrChannel, state.Payee)
	}
	c := &payeeChannel{id: id, lanes: map[uint32]math.Int{}, claimed: map[uint32]math.Int{}, busy: map[uint32]bool{}}
	known, err := p.cfg.Store.lanes(ctx, payeeSide, id)
	if err != nil {
		return nil, err
	}
	for _, l := range known {
		c.lanes[l.index] = l.cumulative()
	}
	p.channels[id] = c
	return c, nil
}

// usable asks the ledger again where its word is old, and says whether the channel may be served against. c.mu is held.
func (p *Payee) usable(ctx context.Context, c *payeeChannel) error {
	now := p.cfg.Clock()
	if age := now.Sub(c.read); c.read.IsZero() || age > p.cfg.Fresh || age < 0 {
		if err := p.refresh(ctx, c, now); err != nil {
			return err
		}
	}
	switch {
	case c.state.State != credit.ChannelOpen:
		return fmt.Errorf("%w: it is %s; open another", ErrChannel, c.state.State)
	case c.state.Payee != p.cfg.Address:
		return fmt.Errorf("%w: it pays %s", ErrChannel, c.state.Payee)
	case len(c.state.Signer) != ed25519.PublicKeySize:
		return fmt.Errorf("%w: its session key has %d bytes", ErrChannel, len(c.state.Signer))
	case c.state.ChallengeSeconds < p.cfg.ChallengeSeconds:
		return fmt.Errorf("%w: its challenge period of %d s is shorter than %d s", ErrChannel,
			c.state.ChallengeSeconds, p.cfg.ChallengeSeconds)
	}
	return nil
}

func (p *Payee) refresh(ctx context.Context, c *payeeChannel, now time.Time) error {
	state, lanes, err := p.cfg.Ledger.Channel(ctx, c.id)
	if err != nil {
		return fmt.Errorf("read channel %s: %w", c.id, err)
	}
	if c.lanemax == 0 {
		params, err := p.cfg.Ledger.Params(ctx)
		if err != nil {
			return fmt.Errorf("read the ledger's parameters: %w", err)
		}
		c.lanemax = params.LanesMax
	}
	if c.format, err = p.cfg.Ledger.VoucherFormat(ctx); err != nil {
		return fmt.Errorf("read the ledger's format of vouchers: %w", err)
	}
	for _, l := range lanes {
		c.claimed[l.Lane] = l.Cumulative
		if known, ok := c.lanes[l.Lane]; !ok || l.Cumulative.GT(known) {
			c.lanes[l.Lane] = l.Cumulative
		}
	}
	c.state, c.read = state, now
	return nil
}

// promised is the sum over all lanes.
func (c *payeeChannel) promised() math.Int {
	sum := math.ZeroInt()
	for _, cumulative := range c.lanes {
		sum = sum.Add(cumulative)
	}
	return sum
}

// covers tells whether the deposit still covers everything when a lane's cumulative amount becomes this.
func (c *payeeChannel) covers(lane uint32, cumulative math.Int) error {
	others := c.promised()
	if known, ok := c.lanes[lane]; ok {
		others = others.Sub(known)
	}
	if total := others.Add(cumulative); total.GT(c.state.Deposit) {
		return fmt.Errorf("%w: %s promised of %s on channel %s", ErrDeposit, total, c.state.Deposit, c.id)
	}
	return nil
}
