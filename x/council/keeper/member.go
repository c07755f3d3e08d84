package keeper

import (
	"context"
	"errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/council"
)

// Admit adds an active seat.
func (k *Keeper) Admit(ctx context.Context, msg *council.MsgAdmit) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	account, operator, err := k.newOperator(ctx, msg.Operator)
	if err != nil {
		return err
	}
	seats, err := k.Seats(ctx)
	if err != nil {
		return err
	}
	if len(seats) >= int(params.SeatsMax) {
		return council.ErrFull.Wrapf("%d seats", len(seats))
	}
	if err := k.take(ctx, account, operator, msg.ConsensusKey, msg.Proof); err != nil {
		return err
	}
	seat, _ := council.NewSeat(operator, msg.Name, msg.ConsensusKey, msg.Power)
	seat.Peer, seat.SinceHeight = msg.Peer, sdk.UnwrapSDKContext(ctx).BlockHeight()
	return k.put(ctx, account, seat)
}

// Remove takes a seat away; what it voted no longer counts.
func (k *Keeper) Remove(ctx context.Context, operator string) error {
	account, _, err := k.address("operator", operator)
	if err != nil {
		return err
	}
	seat, err := k.seat(ctx, account)
	if err != nil {
		return err
	}
	if err := k.checkSpared(ctx, seat); err != nil {
		return err
	}
	if err := k.retire(ctx, seat.ConsensusKey); err != nil {
		return err
	}
	if err := k.ByAccount.Remove(ctx, account); err != nil {
		return err
	}
	return emit(ctx, &council.EventSeatGone{Operator: seat.Operator})
}

// SetPower changes a seat's power, also while it is jailed.
func (k *Keeper) SetPower(ctx context.Context, operator string, power uint64) error {
	return k.change(ctx, operator, func(s *council.Seat) error {
		s.Power = power
		return nil
	})
}

// UpdateSeat changes what a seat is called and where it is reached.
func (k *Keeper) UpdateSeat(ctx context.Context, operator, name, peer string) error {
	return k.change(ctx, operator, func(s *council.Seat) error {
		s.Name, s.Peer = name, peer
		return nil
	})
}

// RotateKey replaces the consensus key of a seat that is not condemned. An absence goes on until the new key signs.
func (k *Keeper) RotateKey(ctx context.Context, operator string, key, proof []byte) error {
	return k.change(ctx, operator, func(s *council.Seat) error {
		if s.Status == council.StatusCondemned {
			return council.ErrStatus.Wrap("a condemned seat gets a new key from the council")
		}
		return k.replaceKey(ctx, s, key, proof)
	})
}

// Reinstate brings a condemned seat back with a new key.
func (k *Keeper) Reinstate(ctx context.Context, operator string, key, proof []byte) error {
	return k.change(ctx, operator, func(s *council.Seat) error {
		if s.Status != council.StatusCondemned {
			return council.ErrStatus.Wrapf("seat of %s is not condemned", s.Operator)
		}
		s.Status = council.StatusActive
		return k.replaceKey(ctx, s, key, proof)
	})
}

// Return ends a jail for absence.
func (k *Keeper) Return(ctx context.Context, operator string) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	return k.change(ctx, operator, func(s *council.Seat) error {
		if s.Status != council.StatusAbsent {
			return council.ErrStatus.Wrapf("seat of %s is not jailed for its absence", s.Operator)
		}
		until := s.JailedTime + int64(params.JailSeconds)
		if now := sdk.UnwrapSDKContext(ctx).BlockTime().Unix(); now < until {
			return council.ErrEarly.Wrapf("%d s are left", until-now)
		}
		s.Status = council.StatusActive
		return nil
	})
}

// ReplaceOperator hands a seat to another account: evidence about its keys follows it, its votes do not.
func (k *Keeper) ReplaceOperator(ctx context.Context, operator, successor string) error {
	from, _, err := k.address("operator", operator)
	if err != nil {
		return err
	}
	seat, err := k.seat(ctx, from)
	if err != nil {
		return err
	}
	to, next, err := k.newOperator(ctx, successor)
	if err != nil {
		return err
	}
	if err := k.inherit(ctx, seat.Operator, next); err != nil {
		return err
	}
	if err := k.ByAccount.Remove(ctx, from); err != nil {
		return err
	}
	if err := emit(ctx, &council.EventOperatorReplaced{Operator: seat.Operator, Successor: next}); err != nil {
		return err
	}
	seat.Operator, seat.SinceHeight = next, sdk.UnwrapSDKContext(ctx).BlockHeight()
	return k.put(ctx, to, seat)
}

// change stores what work makes of a seat.
func (k *Keeper) change(ctx context.Context, operator string, work func(*council.Seat) error) error {
	account, _, err := k.address("operator", operator)
	if err != nil {
		return err
	}
	seat, err := k.seat(ctx, account)
	if err != nil {
		return err
	}
	if err := work(&seat); err != nil {
		return err
	}
	return k.put(ctx, account, seat)
}

func (k *Keeper) replaceKey(ctx context.Context, s *council.Seat, key, proof []byte) error {
	if err := k.checkRotations(ctx, s.Operator); err != nil {
		return err
	}
	account, _, err := k.address("operator", s.Operator)
	if err != nil {
		return err
	}
	if err := k.take(ctx, account, s.Operator, key, proof); err != nil {
		return err
	}
	if err := k.retire(ctx, s.ConsensusKey); err != nil {
		return err
	}
	s.ConsensusKey = key
	return nil
}

// newOperator is an account that may take a seat: it has none, and fees may be sent to it.
func (k *Keeper) newOperator(ctx context.Context, text string) ([]byte, string, error) {
	account, operator, err := k.address("operator", text)
	if err != nil {
		return nil, "", err
	}
	if k.cfg.Bank.BlockedAddr(account) {
		return nil, "", council.ErrInvalid.Wrapf("%s is a module's account", operator)
	}
	switch _, err := k.seat(ctx, account); {
	case err == nil:
		return nil, "", council.ErrExists.Wrap(operator)
	case !errors.Is(err, council.ErrNotFound):
		return nil, "", err
	}
	return account, operator, nil
}
