package compute

import (
	"cosmossdk.io/math"
)

// Works tells whether the provider has the lease's resources set aside.
func (l Lease) Works() bool {
	return l.State == LeaseMatched || l.State == LeaseActive || l.State == LeaseReclaiming
}

// Runs tells whether the lease was started and does work.
func (l Lease) Runs() bool { return l.State == LeaseActive || l.State == LeaseReclaiming }

// Started tells whether the lease was ever started.
func (l Lease) Started() bool { return l.StartedHeight > 0 }

// Starts tells whether the lease was started in the last block, so that the time is not known yet from which it is paid.
func (l Lease) Starts() bool { return l.Started() && l.StartedTime == 0 }

// Ends tells whether the lease was ended in the last block, so that its last seconds are not paid yet.
func (l Lease) Ends() bool { return l.State == LeaseClosing && l.ClosedHeight > 0 && l.ClosedTime == 0 }

// Stamp gives a lease that was started in an earlier block the time of this one, which is when that one was agreed.
func (l *Lease) Stamp(height, now int64) {
	if l.Starts() && height > l.StartedHeight {
		l.StartedTime, l.SettledTime = now, now
	}
}

// Number is which of its order's leases it is.
func (l Lease) Number() uint32 {
	_, number, err := SplitLeaseID(l.ID)
	if err != nil {
		return 0 // never stored, see Validate
	}
	return number
}

// Settle pays the seconds since the last sign, at most downtime, and at most what the escrow holds; it returns what is paid. A
// second that the escrow does not cover whole takes the rest of it.
func (l *Lease) Settle(height, now int64, downtime uint32) math.Int {
	l.Stamp(height, now)
	seconds := uint64(min(max(now-l.SettledTime, 0), int64(downtime)))
	l.SettledHeight, l.SettledTime = height, max(now, l.SettledTime)
	if l.Unit != UnitSecond {
		return math.ZeroInt()
	}
	amount := l.Price.Mul(math.NewIntFromUint64(seconds))
	if amount.GT(l.Escrow) {
		amount = l.Escrow
		seconds = amount.Quo(l.Price).Uint64()
	}
	l.pay(amount, seconds)
	return amount
}

// Earn pays whole units and returns the sum. The deposit covered all units, so that the escrow always holds it.
func (l *Lease) Earn(units uint64) math.Int {
	amount := math.MinInt(l.Price.Mul(math.NewIntFromUint64(units)), l.Escrow)
	l.pay(amount, units)
	return amount
}

func (l *Lease) pay(amount math.Int, units uint64) {
	l.Escrow, l.Paid, l.Units = l.Escrow.Sub(amount), l.Paid.Add(amount), l.Units+units
}

// Validate checks a lease without other state.
func (l Lease) Validate() error {
	order, number, err := SplitLeaseID(l.ID)
	if err != nil {
		return err
	}
	for _, m := range []struct {
		field  string
		amount math.Int
	}{{"price", l.Price}, {"bond", l.Bond}, {"escrow", l.Escrow}, {"paid", l.Paid}, {"fees", l.Fees}} {
		if err := money(m.field, m.amount); err != nil {
			return err
		}
	}
	if err := l.Taken.Validate(); err != nil {
		return err
	}
	switch {
	case string(order) != string(l.Order) || number == 0:
		return ErrInvalid.Wrapf("lease %x is not of order %x", l.ID, l.Order)
	case l.Tenant == "" || l.Provider == "" || l.Tenant == l.Provider:
		return ErrInvalid.Wrapf("lease %x has no tenant or provider, or they are one", l.ID)
	case l.Unit < UnitSecond || l.Unit > UnitStep || l.State < LeaseMatched || l.State > LeaseClosed || !l.Price.IsPositive():
		return ErrInvalid.Wrapf("lease %x of unit %s is %s at the price %s", l.ID, l.Unit, l.State, l.Price)
	case l.State == LeaseClosed && (!l.Bond.IsZero() || !l.Escrow.IsZero() || l.Waiting > 0):
		return ErrInvalid.Wrapf("lease %x is closed and not empty", l.ID)
	case l.Works() != (l.Reason == ReasonUnspecified):
		return ErrInvalid.Wrapf("lease %x is %s for the reason %s", l.ID, l.State, l.Reason)
	case l.StartedTime > 0 && !l.Started() || l.Starts() && l.Unit != UnitSecond:
		return ErrInvalid.Wrapf("lease %x was started at height %d and the time %d", l.ID, l.StartedHeight, l.StartedTime)
	case l.Unit == UnitSecond && (l.State == LeaseClosing) != l.Ends():
		return ErrInvalid.Wrapf("lease %x has seconds to pay and no height at which it ended", l.ID)
	case l.Waiting > pendingBound:
		return ErrInvalid.Wrapf("lease %x has %d that wait", l.ID, l.Waiting)
	}
	for _, at := range []int64{l.MatchedHeight, l.MatchedTime, l.StartedHeight, l.StartedTime, l.SettledHeight, l.SettledTime, l.ReclaimTime, l.ClosedHeight, l.ClosedTime} {
		if at < 0 {
			return ErrInvalid.Wrapf("lease %x has a negative height or time", l.ID)
		}
	}
	return nil
}
