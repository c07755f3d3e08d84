package beacon

import "ayni.example/internal/vrf"

// doublings bounds how often the time doubles that a seat is barred: 2^12 times ten minutes are four weeks.
const doublings = 12

// strikesMost is where counting ends.
const strikesMost = 1 << 20

// Counts tells whether the seat's key counts in a round.
func (s Seat) Counts(round uint64) bool { return len(s.Key) > 0 && s.FromRound <= round }

// Strike is the seat after it has let a window pass. Beyond the allowance its key is taken, and the seat stays out for a time
// that doubles with each further strike.
func (s Seat) Strike(p Params, now int64) Seat {
	s.Strikes, s.Good = min(s.Strikes+1, strikesMost), 0
	if s.Strikes <= p.Allowance {
		return s
	}
	s.Key, s.FromRound = nil, 0
	s.BarredUntil = now + int64(p.BarSeconds)<<min(s.Strikes-p.Allowance-1, doublings)
	return s
}

// Contributed is the seat after a round that it contributed to; a number of them in a row takes a strike from it.
func (s Seat) Contributed(p Params) Seat {
	if s.Strikes == 0 {
		return s
	}
	if s.Good++; s.Good >= p.ForgiveRounds {
		s.Strikes, s.Good = s.Strikes-1, 0
	}
	return s
}

// Validate checks the seat without any state.
func (s Seat) Validate() error {
	switch {
	case s.Operator == "":
		return ErrInvalid.Wrap("seat has no operator")
	case s.BarredUntil < 0:
		return ErrInvalid.Wrapf("seat of %s is barred until %d", s.Operator, s.BarredUntil)
	case s.Strikes > strikesMost:
		return ErrInvalid.Wrapf("seat of %s has %d strikes", s.Operator, s.Strikes)
	case len(s.Key) == 0 && s.FromRound != 0:
		return ErrInvalid.Wrapf("seat of %s counts from round %d without a key", s.Operator, s.FromRound)
	case len(s.Key) == 0:
		return nil
	}
	return CheckKey(s.Key)
}

// CheckKey tells whether a seat may register the key.
func CheckKey(key []byte) error {
	if _, err := vrf.CheckKey(key); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}
