package provider

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client"
	"ayni.example/compute/lease"
	"ayni.example/internal/clock"
	"ayni.example/x/compute"
)

// Ledger is what a provider asks of the ledger; package client answers it.
type Ledger interface {
	WatchBlocks(ctx context.Context) <-chan client.Block
	ComputeParams(ctx context.Context) (compute.Params, error)
	Host(ctx context.Context, provider string) (compute.Host, error)
	Orders(ctx context.Context, tenant string) ([]compute.Order, error)
	Order(ctx context.Context, id []byte) (compute.Order, compute.Book, error)
	HostLeases(ctx context.Context, provider string) ([]compute.Lease, error)
	Lease(ctx context.Context, id []byte) (compute.Lease, error)
	Tasks(ctx context.Context, order []byte) ([]compute.Task, error)
	Bid(ctx context.Context, provider string, offers []compute.Offer) ([]compute.Answer, error)
	Submit(ctx context.Context, msgs ...sdk.Msg) error
}

// Config is what a provider needs.
type Config struct {
	Address    string // of this machine's account
	Ledger     Ledger
	Workers    []lease.Worker
	Pricer     Pricer
	Inventory  func(ctx context.Context) (compute.Inventory, error) // what is lent; its units are those of the workers
	Collateral func() math.Int                                      // acredit that shall stand behind leases
	Policy     func() Policy                                        // nil: everything that fits is taken
	Changed    <-chan struct{}                                      // a worker has something to tell; nil: it is asked every second
	Clock      clock.Clock
	Logger     *slog.Logger
}

// Policy is what this machine does not take, whatever fits.
type Policy struct {
	NoticeMax time.Duration // the longest notice that an order may demand before a lease is taken back; 0: any
	Paused    bool          // nothing new is taken
}

// Provider lends one machine out.
type Provider struct {
	config Config
	leases *keeper
	market *market

	mu    sync.Mutex
	state string
}

// beat is how often workers are asked how they stand, also when there is no block.
const beat = time.Second

// New returns a provider; it does nothing until Run.
func New(config Config) (*Provider, error) {
	if config.Address == "" || config.Ledger == nil || len(config.Workers) == 0 || config.Pricer == nil || config.Inventory == nil ||
		config.Clock == nil || config.Logger == nil || config.Collateral == nil {
		return nil, errors.New("provider of compute: address, ledger, workers, pricer, inventory, collateral, clock and logger are required")
	}
	if config.Policy == nil {
		config.Policy = func() Policy { return Policy{} }
	}
	p := &Provider{config: config, state: "waiting for the ledger"}
	p.leases = newKeeper(config)
	p.market = newMarket(config)
	return p, nil
}

// State tells in a sentence how this machine stands in the market.
func (p *Provider) State() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

func (p *Provider) set(state string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = state
}

// Run lends until ctx ends. Leases come first: what runs is adopted before anything new is taken.
func (p *Provider) Run(ctx context.Context) error {
	var group sync.WaitGroup
	group.Go(func() { p.loop(ctx, p.config.Changed, beat, "leases are kept as they are", p.leases.tend) })
	group.Go(func() { p.loop(ctx, nil, time.Minute, "no bids at present", p.trade) })
	group.Wait()
	return ctx.Err()
}

// trade is one look at the market, once this machine is announced.
func (p *Provider) trade(ctx context.Context) error {
	host, err := p.announce(ctx)
	if err == nil {
		p.set("announced: " + host.say())
		err = p.market.look(ctx, host.Host)
	}
	if err != nil {
		p.set("not in the market: " + err.Error())
	}
	return err
}

// loop does one step at each block, when it is called, and at least every so often. A step that fails is done again later, and the pause grows.
func (p *Provider) loop(ctx context.Context, called <-chan struct{}, atLeast time.Duration, fails string, step func(context.Context) error) {
	const retryMax = 30 * time.Second
	blocks, ticker, pause := p.config.Ledger.WatchBlocks(ctx), time.NewTicker(atLeast), time.Second
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-blocks:
			if !open {
				return
			}
		case <-called:
		case <-ticker.C:
		}
		err := step(ctx)
		if err == nil || ctx.Err() != nil {
			pause = time.Second
			continue
		}
		p.config.Logger.Info("step is done again", "until_then", fails, "reason", err.Error(), "retry_in", pause.String())
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		pause = min(2*pause, retryMax)
	}
}
