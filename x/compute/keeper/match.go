package keeper

import (
	"context"
	"encoding/binary"
	"slices"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/compute"
	"ayni.example/x/internal/gas"
	"ayni.example/x/schedule"
)

const (
	// shards part the windows that end at one height, so that orders of a block share no key but with one in sixteen.
	shards = 16
	// matchGas is the flat price of an order's match, which its tenant pays with the order. What the store's prices of single
	// reads and writes come to is higher; they are for transactions, and this work is bounded by bids_max.
	matchGas = 16_000
	// matchesMost is how many orders one item gives away, after which it goes on in the next block.
	matchesMost = 100
	matchesGas  = matchesMost * matchGas
	attempts    = 3
)

// windowOf is where an open order waits for the end of its window.
func windowOf(o compute.Order) window {
	return collections.Join3(o.MatchesHeight, uint64(o.ID[0])%shards, o.ID)
}

// matchName is the schedule's item for all windows of a height and shard.
func matchName(w window) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(w.K1())), byte(w.K2()))
}

// matchDue gives the orders away whose windows of a height and shard have ended, the first ids first.
func (k *Keeper) matchDue(ctx context.Context, due schedule.Due) error {
	name := due.Item.Name
	if len(name) != 9 {
		return compute.ErrInvariant.Wrapf("item %x", name)
	}
	meter := sdk.UnwrapSDKContext(ctx).GasMeter()
	d, err := k.desk(gas.Paid(ctx))
	if err != nil {
		return err
	}
	var ended []window
	at := collections.NewSuperPrefixedTripleRange[int64, uint64, []byte](int64(binary.BigEndian.Uint64(name)), uint64(name[8]))
	if err := k.Windows.Walk(d.ctx, at, func(w window) (bool, error) {
		ended = append(ended, w)
		return len(ended) > matchesMost, nil
	}); err != nil {
		return err
	}
	more := len(ended) > matchesMost
	for _, w := range ended[:min(len(ended), matchesMost)] {
		meter.ConsumeGas(matchGas, "match of an order")
		if err := d.match(w); err != nil {
			return err
		}
	}
	if more {
		if err := k.schedule.Schedule(d.ctx, compute.KindMatch, name, schedule.Plan{Height: d.height + 1}); err != nil {
			return err
		}
	}
	return d.close()
}

// match gives an order to its cheapest bidder that can still have it. Where there is none, the first that fits will.
func (d *desk) match(w window) error {
	o, err := d.order(d.ctx, w.K3())
	if err != nil {
		return err
	}
	b, err := d.book(o.ID)
	if err != nil {
		return err
	}
	for _, bid := range b.Bids {
		h, err := d.hostOf(bid.Provider)
		if err != nil {
			return err
		}
		if d.refusal(o, h, bid) == compute.ReasonUnspecified {
			_, err := d.lend(&o, h, bid)
			return err
		}
	}
	if err := d.Windows.Remove(d.ctx, w); err != nil {
		return err
	}
	if b.Bids = nil; len(b.Declines) > 0 {
		err = d.Books.Set(d.ctx, o.ID, b)
	} else {
		err = d.Books.Remove(d.ctx, o.ID)
	}
	if err != nil {
		return err
	}
	o.MatchesHeight = 0
	return d.Orders.Set(d.ctx, o.ID, o)
}

// lend gives an order to a provider that can have it.
func (d *desk) lend(o *compute.Order, h *host, bid compute.Bid) ([]byte, error) {
	if err := d.leave(o); err != nil {
		return nil, err
	}
	taken, misfits := compute.Allot(o.Spec, h.Inventory.Resources.Minus(h.Used))
	if len(misfits) > 0 {
		return nil, compute.ErrInvariant.Wrapf("order %x does not fit %s", o.ID, h.Provider)
	}
	o.Leases++
	l := compute.Lease{
		ID: o.Lease(), Order: o.ID, Tenant: o.Tenant, Provider: h.Provider, Unit: o.Spec.Unit, Price: bid.Price, Taken: taken,
		State: compute.LeaseMatched, Bond: d.params.Bond(o.Spec, bid.Price), Escrow: o.Escrow, Paid: math.ZeroInt(), Fees: math.ZeroInt(),
		MatchedHeight: d.height, MatchedTime: d.now, Begins: o.Progress.Segments, Next: o.Progress.Segments,
	}
	o.State, o.Reason, o.Escrow = compute.OrderLeased, compute.ReasonUnspecified, math.ZeroInt()
	h.Take(l)
	if err := d.ByProvider.Set(d.ctx, collections.Join(h.address, l.ID)); err != nil {
		return nil, err
	}
	if err := d.planLease(l, schedule.Plan{
		Height: d.height + int64(d.params.StartBlocks), Time: d.now + int64(d.params.StartSeconds),
	}); err != nil {
		return nil, err
	}
	if err := d.setOrder(*o); err != nil {
		return nil, err
	}
	return slices.Clone(l.ID), d.setLease(l)
}
