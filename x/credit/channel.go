package credit

import (
	"crypto/ed25519"
	"time"

	"cosmossdk.io/math"

	"ayni.example/x/internal/bound"
)

// Remaining is what vouchers have not yet claimed of the deposit.
func (c Channel) Remaining() math.Int { return c.Deposit.Sub(c.Claimed) }

// Locked is what the ledger holds for the channel.
func (c Channel) Locked() math.Int {
	if c.State == ChannelClosed {
		return math.ZeroInt()
	}
	return c.Remaining()
}

// TopUp returns the channel with a greater deposit.
func (c Channel) TopUp(amount math.Int) (Channel, error) {
	if c.State != ChannelOpen {
		return c, ErrState.Wrapf("only an open channel takes a deposit, this one is %s", c.State)
	}
	c.Deposit = c.Deposit.Add(amount)
	return c, CheckAmount("deposit", c.Deposit)
}

// Closing returns the channel with its challenge period begun.
func (c Channel) Closing(height int64, now time.Time) (Channel, error) {
	if c.State != ChannelOpen {
		return c, ErrState.Wrapf("only an open channel begins to close, this one is %s", c.State)
	}
	c.State = ChannelClosing
	c.ClosesHeight = height + int64(c.ChallengeBlocks)
	c.ClosesTime = now.Unix() + int64(c.ChallengeSeconds)
	return c, nil
}

// Finalised returns the channel closed once both its blocks and its seconds have passed: a machine that slept has passed the
// seconds but not the blocks.
func (c Channel) Finalised(height int64, now time.Time) (Channel, error) {
	if c.State != ChannelClosing {
		return c, ErrState.Wrapf("only a closing channel is finalised, this one is %s", c.State)
	}
	if height < c.ClosesHeight || now.Unix() < c.ClosesTime {
		return c, ErrEarly.Wrapf("it ends at height %d and %s", c.ClosesHeight,
			time.Unix(c.ClosesTime, 0).UTC().Format(time.RFC3339))
	}
	return c.Closed()
}

// Closed returns the channel closed.
func (c Channel) Closed() (Channel, error) {
	if c.State == ChannelClosed {
		return c, ErrState.Wrap("the channel is closed already")
	}
	c.State = ChannelClosed
	return c, nil
}

// Validate checks the channel without any state.
func (c Channel) Validate() error {
	if err := checkID(c.Id); err != nil {
		return err
	}
	if c.Payer == "" || c.Payee == "" || c.Payer == c.Payee {
		return ErrInvalid.Wrap("a channel runs between two addresses")
	}
	if err := bound.Length("session key", c.Signer, ed25519.PublicKeySize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	if err := CheckPositive("deposit", c.Deposit); err != nil {
		return err
	}
	if err := CheckAmount("claimed amount", c.Claimed); err != nil {
		return err
	}
	switch {
	case c.Claimed.GT(c.Deposit):
		return ErrDeposit.Wrapf("%s claimed of %s", c.Claimed, c.Deposit)
	case c.ChallengeBlocks == 0 || c.ChallengeSeconds == 0:
		return ErrInvalid.Wrap("a channel has no challenge period")
	case c.OpenedHeight < 0 || c.ClosesHeight < 0 || c.ClosesTime < 0:
		return ErrInvalid.Wrap("a channel has a negative height or time")
	case c.State != ChannelOpen && c.State != ChannelClosing && c.State != ChannelClosed:
		return ErrInvalid.Wrapf("a channel has the state %s", c.State)
	case c.State == ChannelOpen && (c.ClosesHeight != 0 || c.ClosesTime != 0):
		return ErrInvalid.Wrap("an open channel closes")
	case c.State == ChannelClosing && (c.ClosesHeight == 0 || c.ClosesTime == 0):
		return ErrInvalid.Wrap("a closing channel has no end")
	}
	return nil
}

func checkID(id []byte) error {
	if err := bound.Length("channel id", id, IDSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}
