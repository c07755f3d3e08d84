package keeper

import (
	"bytes"
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/vrf"
	"ayni.example/x/beacon"
)

// possessionGas is for the check of one proof.
const possessionGas = 20_000

// RegisterKey enters the key of a seat, or another in its place. It counts from the second round opened after now: the input of
// the next might be foreseen, and a key be chosen for it.
func (k *Keeper) RegisterKey(ctx context.Context, operator []byte, key, proof []byte) (beacon.Seat, error) {
	block := sdk.UnwrapSDKContext(ctx)
	switch active, err := k.active(ctx, operator); {
	case err != nil:
		return beacon.Seat{}, err
	case !active:
		return beacon.Seat{}, beacon.ErrNotSeat
	}
	block.GasMeter().ConsumeGas(possessionGas, "proof of a key")
	if _, err := vrf.Verify(key, beacon.Possession(block.ChainID(), operator), proof); err != nil {
		return beacon.Seat{}, beacon.ErrInvalid.Wrapf("possession of the key: %s", err)
	}
	seat, err := orZero(k.Seats.Get(ctx, operator))
	if err != nil {
		return beacon.Seat{}, err
	}
	if wait := seat.BarredUntil - block.BlockTime().Unix(); wait > 0 {
		return beacon.Seat{}, beacon.ErrBarred.Wrapf("%d s are left", wait)
	}
	if err := k.checkFree(ctx, key); err != nil {
		return beacon.Seat{}, err
	}
	last, err := orZero(k.Last.Get(ctx))
	if err != nil {
		return beacon.Seat{}, err
	}
	if seat.Operator, err = k.addresses.BytesToString(operator); err != nil {
		return beacon.Seat{}, err
	}
	seat.Key, seat.FromRound = key, last+2
	return seat, k.Seats.Set(ctx, operator, seat)
}

// checkFree tells whether no seat has the key; there are not many seats.
func (k *Keeper) checkFree(ctx context.Context, key []byte) error {
	return k.Seats.Walk(ctx, nil, func(_ []byte, s beacon.Seat) (bool, error) {
		if bytes.Equal(s.Key, key) {
			return true, beacon.ErrTaken.Wrapf("by %s", s.Operator)
		}
		return false, nil
	})
}

func (k *Keeper) active(ctx context.Context, operator []byte) (bool, error) {
	members, err := k.council.Members(ctx)
	if err != nil {
		return false, err
	}
	for _, m := range members {
		if bytes.Equal(m.Operator, operator) {
			return m.Active, nil
		}
	}
	return false, nil
}

// entrants are the active seats whose keys count in a round. Where none would, every key does that is registered: that is how
// the first round of a network comes to be.
func (k *Keeper) entrants(ctx context.Context, round uint64) ([]beacon.Entrant, error) {
	members, err := k.council.Members(ctx)
	if err != nil {
		return nil, err
	}
	var counting, all []beacon.Entrant
	for _, m := range members {
		seat, err := orZero(k.Seats.Get(ctx, m.Operator))
		if err != nil {
			return nil, err
		}
		if !m.Active || len(seat.Key) == 0 {
			continue
		}
		entrant := beacon.Entrant{Operator: seat.Operator, Key: seat.Key}
		if all = append(all, entrant); seat.Counts(round) {
			counting = append(counting, entrant)
		}
	}
	if len(counting) == 0 {
		counting = all
	}
	return counting[:min(len(counting), beacon.EntrantsMax)], nil
}

// forget drops what is known of operators that hold no seat any more.
func (k *Keeper) forget(ctx context.Context) error {
	members, err := k.council.Members(ctx)
	if err != nil {
		return err
	}
	held := map[string]bool{}
	for _, m := range members {
		held[string(m.Operator)] = true
	}
	var gone [][]byte
	if err := k.Seats.Walk(ctx, nil, func(operator []byte, _ beacon.Seat) (bool, error) {
		if !held[string(operator)] {
			gone = append(gone, operator)
		}
		return false, nil
	}); err != nil {
		return err
	}
	for _, operator := range gone {
		if err := k.Seats.Remove(ctx, operator); err != nil {
			return err
		}
	}
	return nil
}

// strike notes for each operator that a window of the round passed without its proof, and what follows from it.
func (k *Keeper) strike(ctx sdk.Context, round uint64, operators []string, params beacon.Params) error {
	for _, text := range operators {
		operator, err := k.addresses.StringToBytes(text)
		if err != nil {
			return err
		}
		seat, err := orZero(k.Seats.Get(ctx, operator))
		if err != nil {
			return err
		}
		if len(seat.Key) == 0 {
			continue // it has been put out, or holds no seat any more
		}
		seat = seat.Strike(params, ctx.BlockTime().Unix())
		if err := k.Seats.Set(ctx, operator, seat); err != nil {
			return err
		}
		at := collections.Join(operator, round)
		fact, err := orZero(k.Withholdings.Get(ctx, at))
		if err != nil {
			return err
		}
		removed := len(seat.Key) == 0
		if err := k.Withholdings.Set(ctx, at, beacon.Withholding{
			Operator: text, Round: round, Windows: fact.Windows + 1, Height: ctx.BlockHeight(), Strikes: seat.Strikes, Removed: removed,
		}); err != nil {
			return err
		}
		event := &beacon.EventWithheld{Round: round, Operator: text, Strikes: seat.Strikes}
		if removed {
			event.BarredUntil = seat.BarredUntil
		}
		emit(ctx, event)
	}
	return nil
}

// reward brings those who contributed nearer to the forgiveness of a strike.
func (k *Keeper) reward(ctx context.Context, r beacon.Round, params beacon.Params) error {
	for _, e := range r.Entrants {
		if len(e.Proof) == 0 {
			continue
		}
		operator, err := k.addresses.StringToBytes(e.Operator)
		if err != nil {
			return err
		}
		seat, err := orZero(k.Seats.Get(ctx, operator))
		if err != nil {
			return err
		}
		if seat.Strikes == 0 {
			continue
		}
		if err := k.Seats.Set(ctx, operator, seat.Contributed(params)); err != nil {
			return err
		}
	}
	return nil
}

// MayRegister tells whether the operator should register key now: its seat is active, not barred and has another key or none,
// and there are other seats, or a round is wanted.
func (k *Keeper) MayRegister(ctx context.Context, operator, key []byte) (bool, error) {
	members, err := k.council.Members(ctx)
	if err != nil {
		return false, err
	}
	wanted, err := orZero(k.Wanted.Get(ctx))
	if err != nil {
		return false, err
	}
	active, err := k.active(ctx, operator)
	if err != nil || !active || len(members) == 1 && !wanted {
		return false, err
	}
	seat, err := orZero(k.Seats.Get(ctx, operator))
	if err != nil {
		return false, err
	}
	now := sdk.UnwrapSDKContext(ctx).BlockTime().Unix()
	return !bytes.Equal(seat.Key, key) && seat.BarredUntil <= now, nil
}
