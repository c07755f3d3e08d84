package compute

import (
	"slices"

	"cosmossdk.io/math"

	"ayni.example/x/internal/bound"
)

const shunnedMax = 16

// Least is what the escrow of an open order holds at least: some seconds, or all units that are left, at the highest price.
func (o Order) Least(p Params) math.Int {
	units := uint64(p.DepositSeconds)
	switch o.Spec.Unit {
	case UnitTask:
		units = uint64(o.Spec.Tasks - o.TasksPaid)
	case UnitStep:
		units = o.StepsLeft()
	default: // by the second
	}
	return o.Spec.PriceMax.Mul(math.NewIntFromUint64(units))
}

// StepsLeft are the steps of a training that are not accepted.
func (o Order) StepsLeft() uint64 {
	from, _ := o.Spec.Training.Span(o.Progress.Segments)
	return o.Spec.Training.Steps - min(from, o.Spec.Training.Steps)
}

// AuditFee is what the audit of the lease's next segment is given: what the order names, as far as the escrow holds more than all
// steps that are left may cost, so that the order can open again after any lease.
func (o Order) AuditFee(l Lease) math.Int {
	spare := l.Escrow.Sub(o.Spec.PriceMax.Mul(math.NewIntFromUint64(o.StepsLeft())))
	return math.MaxInt(math.ZeroInt(), math.MinInt(o.Spec.Training.AuditFee, spare))
}

// Held is what the order keeps for assets in data until the training runs.
func (o Order) Held() math.Int {
	sum := math.ZeroInt()
	if o.Used || o.State == OrderClosed {
		return sum
	}
	for _, u := range o.Uses {
		sum = sum.Add(u.Price)
	}
	return sum
}

// Lease is the id of its present lease, or of its last one.
func (o Order) Lease() []byte { return LeaseID(o.ID, o.Leases) }

// Shun notes a provider that shall not have the order again; of too many the first is forgotten.
func (o *Order) Shun(provider string) {
	if !slices.Contains(o.Shunned, provider) {
		o.Shunned = append(slices.Clone(o.Shunned), provider)
		o.Shunned = o.Shunned[max(0, len(o.Shunned)-shunnedMax):]
	}
}

// Reopens tells whether the order opens again after a lease that ended for this reason before or after its start.
func (o Order) Reopens(reason Reason, started bool) bool {
	if o.Spec.Unit == UnitTask && o.TasksPaid == o.Spec.Tasks {
		return false // nothing is left to deliver, whatever ended the lease whose last results were judged
	}
	switch reason {
	case ReasonDone, ReasonFunds, ReasonExited, ReasonAttempts:
		return false
	case ReasonRefuted, ReasonNotStarted:
		return true
	default:
		return o.Spec.Standing || !started && reason.Gives()
	}
}

// Shuns tells whether the order takes no bid again from a provider whose lease ended like this.
func (r Reason) Shuns(started bool) bool {
	switch r {
	case ReasonNotStarted, ReasonTenant, ReasonRejected, ReasonRefuted:
		return true
	default:
		return !started && r.Gives()
	}
}

// Fails tells whether a lease that ended like this ended by its provider's fault. A machine that is wanted back after the notice is none.
func (r Reason) Fails() bool {
	return r == ReasonSilence || r == ReasonNotStarted || r == ReasonRejected || r == ReasonFault
}

// Put enters a bid in place of the provider's earlier one, by price and then by time. Of more than most the dearest is dropped,
// which may be this one; then it tells so.
func (b *Book) Put(bid Bid, most int) bool {
	b.Declines = slices.DeleteFunc(b.Declines, func(o Decline) bool { return o.Provider == bid.Provider })
	bids := slices.DeleteFunc(slices.Clone(b.Bids), func(o Bid) bool { return o.Provider == bid.Provider })
	at := slices.IndexFunc(bids, func(o Bid) bool { return o.Price.GT(bid.Price) })
	if at < 0 {
		at = len(bids)
	}
	if at >= most {
		return false
	}
	b.Bids = slices.Insert(bids, at, bid)
	b.Bids = b.Bids[:min(len(b.Bids), most)]
	return true
}

// Refuse notes that a provider does not bid, in place of its earlier word; false where there is no room.
func (b *Book) Refuse(d Decline, most int) bool {
	b.Bids = slices.DeleteFunc(b.Bids, func(o Bid) bool { return o.Provider == d.Provider })
	b.Declines = slices.DeleteFunc(b.Declines, func(o Decline) bool { return o.Provider == d.Provider })
	if len(b.Declines) >= most {
		return false
	}
	b.Declines = append(b.Declines, d)
	return true
}

// Validate checks an order without other state.
func (o Order) Validate() error {
	if err := checkID("order", o.ID, OrderIDSize); err != nil {
		return err
	}
	if err := o.Spec.Validate(); err != nil {
		return err
	}
	for _, m := range []struct {
		field  string
		amount math.Int
	}{{"deposited", o.Deposited}, {"paid", o.Paid}, {"escrow", o.Escrow}, {"fees", o.Fees}} {
		if err := money(m.field, m.amount); err != nil {
			return err
		}
	}
	if err := o.validateUses(); err != nil {
		return err
	}
	switch {
	case o.Tenant == "" || o.Number == 0:
		return ErrInvalid.Wrapf("order %x has no tenant or number", o.ID)
	case o.State < OrderOpen || o.State > OrderClosed:
		return ErrInvalid.Wrapf("order %x is %s", o.ID, o.State)
	case o.State == OrderLeased && o.Leases == 0, o.State != OrderOpen && !o.Escrow.IsZero():
		return ErrInvalid.Wrapf("order %x is %s without a lease, or with an escrow of its own", o.ID, o.State)
	case o.Paid.Add(o.Escrow).Add(o.Fees).Add(o.Held()).GT(o.Deposited):
		return ErrInvalid.Wrapf("order %x has paid %s and holds %s of %s", o.ID, o.Paid, o.Escrow, o.Deposited)
	case len(o.Shunned) > shunnedMax || o.TasksPaid > o.Spec.Tasks:
		return ErrInvalid.Wrapf("order %x shuns %d and has %d tasks paid", o.ID, len(o.Shunned), o.TasksPaid)
	case o.State != OrderOpen && o.MatchesHeight != 0, o.MatchesHeight < 0, o.OpenedHeight < 0, o.ClosedHeight < 0:
		return ErrInvalid.Wrapf("order %x has a height that does not fit", o.ID)
	}
	return nil
}

func (o Order) validateUses() error {
	if len(o.Uses) > 0 && (o.Spec.Training == nil || len(o.Uses) > len(o.Spec.Training.Data)) || o.Used && len(o.Uses) == 0 {
		return ErrInvalid.Wrapf("order %x has %d uses of assets", o.ID, len(o.Uses))
	}
	for _, u := range o.Uses {
		if err := bound.Length("content", u.Content, digestSize); err != nil {
			return ErrInvalid.Wrap(err.Error())
		}
		if err := money("price of a use", u.Price); err != nil {
			return err
		}
	}
	return nil
}

// Validate checks a book without other state: bids stand by price, nobody twice.
func (b Book) Validate() error {
	if err := checkID("order", b.Order, OrderIDSize); err != nil {
		return err
	}
	if len(b.Bids) > bidsBound || len(b.Declines) > declineBound {
		return ErrInvalid.Wrapf("book of %d bids and %d declines", len(b.Bids), len(b.Declines))
	}
	for i, bid := range b.Bids {
		if err := money("price", bid.Price); err != nil {
			return err
		}
		if i > 0 && b.Bids[i-1].Price.GT(bid.Price) || slices.ContainsFunc(b.Bids[:i], func(o Bid) bool { return o.Provider == bid.Provider }) {
			return ErrInvalid.Wrapf("bids for %x are not in order, or a provider bids twice", b.Order)
		}
	}
	for i, d := range b.Declines {
		if !d.Reason.Declines() || slices.ContainsFunc(b.Declines[:i], func(o Decline) bool { return o.Provider == d.Provider }) {
			return ErrInvalid.Wrapf("decline of %x by %s for %s, or twice", b.Order, d.Provider, d.Reason)
		}
	}
	return nil
}
