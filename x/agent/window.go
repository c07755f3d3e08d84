package agent

import (
	"slices"

	"cosmossdk.io/math"
)

// Parts of the sliding windows. One more than fills the window is kept and counted whole, so that no stretch of that length, wherever
// it begins, holds more than the cap.
const (
	hourPart  = 300
	hourParts = 12
	dayPart   = 3600
	dayParts  = 24
)

// NewSpent is that of an agent which has committed nothing.
func NewSpent() Spent { return Spent{Lifetime: math.ZeroInt()} }

// InHour is what counts in the hour.
func (s Spent) InHour(now int64) math.Int { return s.Hour.sum(now, hourPart, hourParts) }

// InDay is what counts in the day.
func (s Spent) InDay(now int64) math.Int { return s.Day.sum(now, dayPart, dayParts) }

// Commit counts an amount from now on.
func (s Spent) Commit(now int64, amount math.Int) Spent {
	return Spent{
		Lifetime: s.Lifetime.Add(amount), Hour: s.Hour.add(now, hourPart, hourParts, amount), Day: s.Day.add(now, dayPart, dayParts, amount),
	}
}

// Release takes out of the count what was committed at a time and came back.
func (s Spent) Release(charged int64, amount math.Int) Spent {
	return Spent{Lifetime: s.Lifetime.Sub(amount), Hour: s.Hour.take(charged, hourPart, amount), Day: s.Day.take(charged, dayPart, amount)}
}

func (w Window) sum(now, part, parts int64) math.Int {
	sum := math.ZeroInt()
	for i, v := range w.Sums {
		if at := w.Part - int64(len(w.Sums)-1-i); now/part-at <= parts {
			sum = sum.Add(v)
		}
	}
	return sum
}

func (w Window) add(now, part, parts int64, amount math.Int) Window {
	last := now / part
	next := Window{Part: max(last, w.Part)}
	for i, v := range w.Sums {
		if at := w.Part - int64(len(w.Sums)-1-i); next.Part-at <= parts {
			next.Sums = append(next.Sums, v)
		}
	}
	if len(next.Sums) > 0 {
		for at := w.Part; at < next.Part; at++ {
			next.Sums = append(next.Sums, math.ZeroInt())
		}
	} else {
		next.Sums = []math.Int{math.ZeroInt()}
	}
	end := len(next.Sums) - 1
	next.Sums[end] = next.Sums[end].Add(amount)
	return next
}

// take leaves a part alone that has left the window already.
func (w Window) take(charged, part int64, amount math.Int) Window {
	i := int64(len(w.Sums)) - 1 - (w.Part - charged/part)
	if i < 0 || i >= int64(len(w.Sums)) {
		return w
	}
	next := Window{Part: w.Part, Sums: slices.Clone(w.Sums)}
	next.Sums[i] = math.MaxInt(next.Sums[i].Sub(amount), math.ZeroInt())
	return next
}

func (w Window) validate(parts int) error {
	if len(w.Sums) > parts+1 || w.Part < 0 || w.Part > timeMax {
		return ErrInvalid.Wrapf("window of %d parts up to part %d", len(w.Sums), w.Part)
	}
	for _, v := range w.Sums {
		if v.IsNil() || v.IsNegative() || v.BigIntMut().BitLen() > sumBits {
			return ErrInvalid.Wrap("window holds what is no sum")
		}
	}
	return nil
}

// sumBits bounds sums of amounts.
const sumBits = 160

// Validate checks what was spent without any state.
func (s Spent) Validate() error {
	if s.Lifetime.IsNil() || s.Lifetime.IsNegative() || s.Lifetime.BigIntMut().BitLen() > sumBits {
		return ErrInvalid.Wrap("lifetime is no sum")
	}
	if err := s.Hour.validate(hourParts); err != nil {
		return err
	}
	return s.Day.validate(dayParts)
}
