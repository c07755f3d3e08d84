package tenant

import (
	"fmt"
	"slices"

	"ayni.example/x/compute"
	"ayni.example/x/provider"
)

// Host is a machine that is for rent, and how it stands as a provider.
type Host struct {
	compute.Host
	Name   string
	Status provider.Status
}

// Answer is what one machine is to an order: its bid, or what stands in the way. With neither it has not answered.
type Answer struct {
	Host Host
	Bid  *compute.Bid
	Why  []string
}

// Answers goes through all machines: what their inventory lacks, what they said themselves, what the ledger would refuse.
func Answers(o compute.Order, b compute.Book, hosts []Host, p compute.Params) []Answer {
	list := make([]Answer, 0, len(hosts))
	for _, h := range hosts {
		a := Answer{Host: h}
		for _, m := range compute.Fit(o, h.Host) {
			a.Why = append(a.Why, MisfitSentence(m))
		}
		if h.Status != provider.StatusActive {
			a.Why = append(a.Why, Sentence(compute.ReasonNotServing))
		}
		if bond := p.Bond(o.Spec, o.Spec.PriceMax); len(a.Why) == 0 && h.Free().LT(bond) {
			a.Why = append(a.Why, Sentence(compute.ReasonCollateral))
		}
		if i := slices.IndexFunc(b.Bids, func(bid compute.Bid) bool { return bid.Provider == h.Provider }); i >= 0 {
			a.Bid = &b.Bids[i]
		}
		for _, d := range b.Declines {
			if d.Provider == h.Provider && len(a.Why) == 0 {
				a.Why = append(a.Why, "declines: "+Sentence(d.Reason))
			}
		}
		list = append(list, a)
	}
	return list
}

// Summary is the answers in a sentence, and what to do.
func Summary(o compute.Order, answers []Answer) (text, hint string) {
	switch o.State {
	case compute.OrderLeased:
		return "it has a machine: its lease is number " + fmt.Sprint(o.Leases), ""
	case compute.OrderClosed:
		return "it is closed: " + Sentence(o.Reason), "order again with `ayni deploy`"
	case compute.OrderOpen, compute.OrderUnspecified:
	}
	var bids, silent int
	for _, a := range answers {
		switch {
		case a.Bid != nil:
			bids++
		case len(a.Why) == 0:
			silent++
		}
	}
	again := ""
	if o.Reason != compute.ReasonUnspecified {
		again = "; its lease before ended: " + Sentence(o.Reason)
	}
	switch {
	case len(answers) == 0:
		return "no machine of this network is for rent" + again, "an owner lends one with `ayni compute host`"
	case bids > 0:
		return fmt.Sprintf("%d machines bid; the cheapest is taken at block %d%s", bids, o.MatchesHeight, again), ""
	case silent > 0:
		return fmt.Sprintf("%d of %d machines fit and have not answered yet%s", silent, len(answers), again), "a provider answers within seconds while it runs"
	}
	return fmt.Sprintf("none of %d machines takes it%s", len(answers), again), "ask for less, raise the price, or have a provider added; then close this order and order again"
}
