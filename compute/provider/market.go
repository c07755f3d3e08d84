package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"cosmossdk.io/math"

	"ayni.example/compute/lease"
	"ayni.example/x/compute"
)

const (
	// holdFor is how long resources are kept for an order after a bid. The ledger judges again when it gives the order away, so that
	// a longer hold would only keep a machine idle for orders that went elsewhere.
	holdFor = 20 * time.Second
	// againAfter is when an offer that was refused for want of something that may come is made once more.
	againAfter = time.Minute
	// pricings is how many prices are asked for at once: a script may take its time.
	pricings = 8
)

// market decides about open orders. Only its loop calls it, so that each order has one owner.
type market struct {
	config   Config
	verdicts map[string]*verdict // by occasion
	seen     compute.Inventory   // that the verdicts are about
}

// verdict is what was decided about an order on one occasion: it is asked again after each lease, and when its window ends in vain.
type verdict struct {
	taken compute.Resources // held until
	until time.Time
	again time.Time // zero: never on this occasion
}

func newMarket(config Config) *market {
	return &market{config: config, verdicts: make(map[string]*verdict)}
}

func occasion(o compute.Order) string {
	return fmt.Sprintf("%x/%d/%t", o.ID, o.Leases, o.MatchesHeight > 0)
}

// look considers all open orders once.
func (m *market) look(ctx context.Context, host compute.Host) error {
	orders, err := m.config.Ledger.Orders(ctx, "")
	if err != nil {
		return err
	}
	params, err := m.config.Ledger.ComputeParams(ctx)
	if err != nil {
		return err
	}
	m.forget(orders, host)
	now := m.config.Clock()
	held := m.held(now)
	host.Used = host.Used.Plus(held)
	var candidates []compute.Order
	for _, o := range orders {
		if v := m.verdicts[occasion(o)]; v != nil && (v.again.IsZero() || now.Before(v.again)) {
			continue
		}
		switch misfits := compute.Fit(o, host); {
		case len(misfits) == 0:
			candidates = append(candidates, o)
		case !busy(misfits): // anyone can see why: the ledger has the order and the inventory
			m.verdicts[occasion(o)] = &verdict{}
		}
	}
	offers, refusals := m.decide(ctx, params, host, candidates)
	return errors.Join(m.bid(ctx, params, offers), m.decline(ctx, params, refusals))
}

// busy tells whether the order would fit if nothing else ran.
func busy(misfits []compute.Misfit) bool {
	for _, m := range misfits {
		if !m.Busy {
			return false
		}
	}
	return true
}

// forget drops verdicts on orders that are no longer open, and all of them when the machine has changed.
func (m *market) forget(orders []compute.Order, host compute.Host) {
	if !sameInventory(m.seen, host.Inventory) {
		m.seen = host.Inventory
		clear(m.verdicts)
	}
	open := make(map[string]bool, len(orders))
	for _, o := range orders {
		open[occasion(o)] = true
	}
	for key := range m.verdicts {
		if !open[key] {
			delete(m.verdicts, key)
		}
	}
}

// held is what bids of the last seconds hold.
func (m *market) held(now time.Time) compute.Resources {
	var sum compute.Resources
	for _, v := range m.verdicts {
		if now.Before(v.until) {
			sum = sum.Plus(v.taken)
		}
	}
	return sum
}

// answer is what this machine says to one order.
type answer struct {
	price  math.Int
	reason compute.Reason // why not; ReasonUnspecified: it bids
}

// decide asks for prices, then takes orders as long as there is room, the longest open first.
func (m *market) decide(ctx context.Context, params compute.Params, host compute.Host, orders []compute.Order) ([]compute.Offer, []compute.Refusal) {
	answers := make([]answer, len(orders))
	var group sync.WaitGroup
	slots := make(chan struct{}, pricings)
	for i, o := range orders {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			answers[i] = m.answer(ctx, host, o)
		})
	}
	group.Wait()
	var offers []compute.Offer
	var refusals []compute.Refusal
	free := host.Collateral.Sub(host.Bonded)
	for i, o := range orders {
		a := answers[i]
		bond := math.ZeroInt()
		if a.reason == compute.ReasonUnspecified {
			if bond = params.Bond(o.Spec, a.price); bond.GT(free) {
				a.reason = compute.ReasonCollateral
			}
		}
		if a.reason != compute.ReasonUnspecified {
			refusals = append(refusals, compute.Refusal{Order: o.ID, Reason: a.reason})
			m.verdicts[occasion(o)] = &verdict{again: m.again(a.reason)}
			continue
		}
		if len(compute.Fit(o, host)) > 0 { // orders before it have taken the room
			continue
		}
		taken, _ := compute.Allot(o.Spec, host.Inventory.Resources.Minus(host.Used))
		m.verdicts[occasion(o)] = &verdict{taken: taken, until: m.config.Clock().Add(holdFor)}
		host.Used, free = host.Used.Plus(taken), free.Sub(bond)
		offers = append(offers, compute.Offer{Order: o.ID, Price: a.price})
	}
	return offers, refusals
}

// again is when an order is looked at once more after a refusal for this reason.
func (m *market) again(reason compute.Reason) time.Time {
	passing := []compute.Reason{
		compute.ReasonCollateral, compute.ReasonNotServing, compute.ReasonMaintenance, compute.ReasonCPU, compute.ReasonMemory,
		compute.ReasonDisk, compute.ReasonVolume, compute.ReasonGPU,
	}
	if slices.Contains(passing, reason) {
		return m.config.Clock().Add(againAfter)
	}
	return time.Time{}
}

// answer is what policy, worker and price say to an order that fits.
func (m *market) answer(ctx context.Context, host compute.Host, o compute.Order) answer {
	policy := m.config.Policy()
	switch limit := policy.NoticeMax; {
	case policy.Paused:
		return answer{reason: compute.ReasonMaintenance}
	case limit > 0 && time.Duration(o.Spec.ReclaimSeconds)*time.Second > limit:
		return answer{reason: compute.ReasonNotice}
	}
	w := workerOf(m.config.Workers, o.Spec.Unit)
	if w == nil {
		return answer{reason: compute.ReasonUnit}
	}
	if reason := w.Decline(o); reason != compute.ReasonUnspecified {
		return answer{reason: reason}
	}
	price, err := m.config.Pricer.Price(ctx, o, host)
	switch {
	case errors.Is(err, ErrDecline):
		return answer{reason: compute.ReasonPolicy}
	case err != nil:
		m.config.Logger.Warn("order has no price", "order", fmt.Sprintf("%x", o.ID), "reason", err.Error())
		return answer{reason: compute.ReasonMaintenance}
	case price.GT(o.Spec.PriceMax):
		return answer{reason: compute.ReasonPrice}
	}
	return answer{price: price}
}

// bid sends offers, as many in a message as the market takes.
func (m *market) bid(ctx context.Context, params compute.Params, offers []compute.Offer) error {
	for len(offers) > 0 {
		batch := offers[:min(len(offers), int(params.BatchMax))]
		answers, err := m.config.Ledger.Bid(ctx, m.config.Address, batch)
		if err != nil {
			for _, o := range offers { // they are made again
				m.drop(o.Order)
			}
			return fmt.Errorf("bid: %w", err)
		}
		for _, a := range answers {
			if a.Refused != compute.ReasonUnspecified {
				m.config.Logger.Info("bid is not taken", "order", fmt.Sprintf("%x", a.Order), "reason", a.Refused.String())
				m.release(a)
			}
		}
		offers = offers[len(batch):]
	}
	return nil
}

func (m *market) decline(ctx context.Context, params compute.Params, refusals []compute.Refusal) error {
	for len(refusals) > 0 {
		batch := refusals[:min(len(refusals), int(params.BatchMax))]
		if err := m.config.Ledger.Submit(ctx, &compute.MsgDecline{Provider: m.config.Address, Refusals: batch}); err != nil {
			for _, r := range refusals {
				m.drop(r.Order)
			}
			return fmt.Errorf("decline: %w", err)
		}
		refusals = refusals[len(batch):]
	}
	return nil
}

// drop forgets what was decided about an order.
func (m *market) drop(order []byte) {
	for key := range m.verdicts {
		if key[:2*len(order)] == lease.ID(order) {
			delete(m.verdicts, key)
		}
	}
}

// release gives back what a refused offer holds.
func (m *market) release(a compute.Answer) {
	for key, v := range m.verdicts {
		if key[:2*len(a.Order)] == lease.ID(a.Order) {
			*v = verdict{again: m.again(a.Refused)}
		}
	}
}

func workerOf(workers []lease.Worker, unit compute.Unit) lease.Worker {
	for _, w := range workers {
		if slices.Contains(w.Units(), unit) {
			return w
		}
	}
	return nil
}
