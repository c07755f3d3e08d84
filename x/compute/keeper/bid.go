package keeper

import (
	"errors"
	"slices"

	"cosmossdk.io/collections"

	"ayni.example/x/compute"
)

// bids judges a provider's offers one by one: what is wrong with one harms no other.
func (d *desk) bids(msg *compute.MsgBids) ([]compute.Answer, error) {
	if len(msg.Offers) > int(d.params.BatchMax) {
		return nil, compute.ErrBound.Wrapf("%d bids in a message, at most %d", len(msg.Offers), d.params.BatchMax)
	}
	h, err := d.bidder(msg.Provider)
	if err != nil {
		return nil, err
	}
	answers := make([]compute.Answer, 0, len(msg.Offers))
	for _, offer := range msg.Offers {
		a, err := d.bid(h, offer)
		if err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// bidder is a provider that serves and has announced what it has.
func (d *desk) bidder(text string) (*host, error) {
	address, text, err := d.address("provider", text)
	if err != nil {
		return nil, err
	}
	h, err := d.host(address)
	if err == nil && (h.gone || !h.serves) {
		err = compute.ErrProvider.Wrapf("%s has announced nothing, or does not serve", text)
	}
	return h, err
}

// bid enters an offer into the order's book, or gives the order away at once when its window is over.
func (d *desk) bid(h *host, offer compute.Offer) (compute.Answer, error) {
	answer := compute.Answer{Order: offer.Order}
	o, err := d.Orders.Get(d.ctx, offer.Order)
	switch {
	case errors.Is(err, collections.ErrNotFound), err == nil && o.State != compute.OrderOpen:
		answer.Refused = compute.ReasonNotOpen
		return answer, nil
	case err != nil:
		return answer, err
	}
	bid := compute.Bid{Provider: h.Provider, Price: offer.Price, Height: d.height}
	if answer.Refused = d.refusal(o, h, bid); answer.Refused != compute.ReasonUnspecified {
		return answer, nil
	}
	if o.MatchesHeight == 0 {
		answer.Lease, err = d.lend(&o, h, bid)
		return answer, err
	}
	b, err := d.book(o.ID)
	if err != nil {
		return answer, err
	}
	if !b.Put(bid, int(d.params.BidsMax)) {
		answer.Refused = compute.ReasonFull
		return answer, nil
	}
	if err := d.Books.Set(d.ctx, o.ID, b); err != nil {
		return answer, err
	}
	return answer, d.emit(&compute.EventBid{Order: o.ID, Provider: h.Provider, Price: bid.Price})
}

// refusal is why a provider cannot have an order at a price now.
func (d *desk) refusal(o compute.Order, h *host, bid compute.Bid) compute.Reason {
	if h.gone || !h.serves {
		return compute.ReasonNotServing
	}
	if misfits := compute.Fit(o, h.Host); len(misfits) > 0 {
		return misfits[0].Reason
	}
	if bid.Price.GT(o.Spec.PriceMax) {
		return compute.ReasonPrice
	}
	if d.params.Bond(o.Spec, bid.Price).GT(h.Free()) {
		return compute.ReasonCollateral
	}
	return compute.ReasonUnspecified
}

// decline notes why a provider does not bid. What cannot be noted any more is left out.
func (d *desk) decline(msg *compute.MsgDecline) error {
	if len(msg.Refusals) > int(d.params.BatchMax) {
		return compute.ErrBound.Wrapf("%d declines in a message, at most %d", len(msg.Refusals), d.params.BatchMax)
	}
	h, err := d.bidder(msg.Provider)
	if err != nil {
		return err
	}
	for _, r := range msg.Refusals {
		o, err := d.Orders.Get(d.ctx, r.Order)
		if errors.Is(err, collections.ErrNotFound) || err == nil && o.State != compute.OrderOpen {
			continue
		}
		if err != nil {
			return err
		}
		b, err := d.book(r.Order)
		if err != nil {
			return err
		}
		if !b.Refuse(compute.Decline{Provider: h.Provider, Reason: r.Reason}, int(d.params.DeclinesMax)) {
			continue
		}
		if err := d.Books.Set(d.ctx, r.Order, b); err != nil {
			return err
		}
		if err := d.emit(&compute.EventDeclined{Order: r.Order, Provider: h.Provider, Reason: r.Reason}); err != nil {
			return err
		}
	}
	return nil
}

// choose gives an order to a bidder of the tenant's choice.
func (d *desk) choose(msg *compute.MsgChoose) ([]byte, error) {
	o, err := d.ordersTenant(msg.Tenant, msg.Order)
	if err != nil {
		return nil, err
	}
	_, text, err := d.address("provider", msg.Provider)
	if err != nil {
		return nil, err
	}
	b, err := d.book(o.ID)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(b.Bids, func(bid compute.Bid) bool { return bid.Provider == text })
	if at < 0 {
		return nil, compute.ErrNotFound.Wrapf("bid of %s for order %x", text, o.ID)
	}
	h, err := d.hostOf(text)
	if err != nil {
		return nil, err
	}
	if reason := d.refusal(o, h, b.Bids[at]); reason != compute.ReasonUnspecified {
		return nil, compute.ErrFit.Wrapf("%s cannot have order %x any more: %s", text, o.ID, reason)
	}
	return d.lend(&o, h, b.Bids[at])
}

func (d *desk) book(order []byte) (compute.Book, error) {
	b, err := d.Books.Get(d.ctx, order)
	if errors.Is(err, collections.ErrNotFound) {
		return compute.Book{Order: order}, nil
	}
	return b, err
}
