package training

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"ayni.example/artifact"
	"ayni.example/internal/clock"
	"ayni.example/x/compute"
)

// Kept is who pins states of trainings that this machine has ordered.
const Kept = "training-order"

const (
	keeperLook = 2 * time.Second
	keepMost   = 5 * time.Minute // one fetch
)

// Market is what a keeper reads of the ledger.
type Market interface {
	Orders(ctx context.Context, tenant string) ([]compute.Order, error)
	Segments(ctx context.Context, order []byte) ([]compute.Segment, error)
	Lease(ctx context.Context, id []byte) (compute.Lease, error)
	Blocks(ctx context.Context) <-chan int64
}

// KeeperConfig is what a Keeper needs.
type KeeperConfig struct {
	Tenant string // this machine's account
	Ledger Market
	Store  *artifact.Store
	Fetch  func(ctx context.Context, d artifact.Digest, from compute.Lease, most int64) error // from a lease's machine before others; of so many bytes at most
	Now    clock.Clock
	Logger *slog.Logger
}

// Keeper brings the state after each segment that was committed for this machine's orders here: a machine that dies must not take
// with it what was paid for.
type Keeper struct{ cfg KeeperConfig }

// NewKeeper checks the configuration.
func NewKeeper(cfg KeeperConfig) (*Keeper, error) {
	if cfg.Tenant == "" || cfg.Ledger == nil || cfg.Store == nil || cfg.Fetch == nil || cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("training: account, ledger, store, fetch, clock or logger is absent")
	}
	return &Keeper{cfg}, nil
}

// Run looks at the orders after new blocks until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	blocks := k.cfg.Ledger.Blocks(ctx)
	for {
		if err := k.look(ctx); err != nil && ctx.Err() == nil {
			k.cfg.Logger.Debug("states of trainings are not all here", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(keeperLook):
		}
		if _, open := <-blocks; !open {
			return nil
		}
	}
}

// look keeps the latest states of all orders, and lets go what they came after.
func (k *Keeper) look(ctx context.Context) error {
	orders, err := k.cfg.Ledger.Orders(ctx, k.cfg.Tenant)
	if err != nil {
		return err
	}
	wanted := map[artifact.Digest]bool{}
	for _, o := range orders {
		recent := o.State != compute.OrderClosed || k.cfg.Now().Sub(time.Unix(o.ClosedTime, 0)) < keptFor
		if o.Spec.Unit != compute.UnitStep || !recent {
			continue
		}
		err = errors.Join(err, k.keep(ctx, o, wanted))
	}
	if err != nil {
		return err // what is not known is kept
	}
	return k.drop(wanted)
}

// keep brings the state after the last segment that was committed here, and names with it the one that stands.
func (k *Keeper) keep(ctx context.Context, o compute.Order, wanted map[artifact.Digest]bool) error {
	name := func(sum []byte) artifact.Digest { return artifact.Digest(artifact.Prefix + hex.EncodeToString(sum)) }
	if o.Progress.Segments > 0 {
		wanted[name(o.Progress.State)] = true
	}
	latest, lease := name(o.Progress.State), o.Leases
	segments, err := k.cfg.Ledger.Segments(ctx, o.ID)
	if err != nil {
		return err
	}
	for _, s := range segments {
		latest, lease = name(s.State), s.Lease
	}
	if o.Progress.Segments == 0 && len(segments) == 0 {
		return nil
	}
	wanted[latest] = true
	if _, err := k.cfg.Store.Stat(latest); err != nil {
		l, err := k.cfg.Ledger.Lease(ctx, compute.LeaseID(o.ID, lease))
		if err != nil {
			return err
		}
		most, err := StateMost(o.Spec.Training.Job)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, keepMost)
		defer cancel()
		if err := k.cfg.Fetch(ctx, latest, l, most); err != nil {
			return fmt.Errorf("state of order %x: %w", o.ID, err)
		}
	}
	return k.cfg.Store.Pin(artifact.Pin{Digest: latest, Owner: Kept, Reason: fmt.Sprintf("state of order %x", o.ID), Since: k.cfg.Now()})
}

func (k *Keeper) drop(wanted map[artifact.Digest]bool) error {
	pins, err := k.cfg.Store.Pins()
	for _, p := range pins {
		if p.Owner == Kept && !wanted[p.Digest] {
			err = errors.Join(err, k.cfg.Store.Unpin(p.Digest, Kept))
		}
	}
	return err
}
