package keeper

import (
	"context"
	"encoding/hex"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/beacon"
	"ayni.example/x/schedule"
)

// pruneMost bounds how many old rounds one that closes takes along, so that a smaller parameter is caught up with in time.
const pruneMost = 3

// open begins a round if there is anybody to contribute; if not, it stays wanted.
func (k *Keeper) open(ctx sdk.Context, number uint64, params beacon.Params) error {
	entrants, err := k.entrants(ctx, number)
	if err != nil || len(entrants) == 0 {
		return err
	}
	if err := k.forget(ctx); err != nil {
		return err
	}
	seed, err := orZero(k.Seed.Get(ctx))
	if err != nil {
		return err
	}
	input := beacon.Input(ctx.ChainID(), number, seed, ctx.BlockHeight())
	r := beacon.Round{
		Number: number, Input: input[:], Entrants: entrants, OpenedHeight: ctx.BlockHeight(), OpenedTime: ctx.BlockTime().Unix(),
	}
	if err := k.Rounds.Set(ctx, number, r); err != nil {
		return err
	}
	if err := k.Last.Set(ctx, number); err != nil {
		return err
	}
	if err := k.Wanted.Remove(ctx); err != nil {
		return err
	}
	emit(ctx, &beacon.EventRoundOpened{Round: number, Entrants: uint32(len(entrants))})
	return k.window(ctx, r, params)
}

// window schedules the end of the next window. It lasts a block longer for each entrant, so that of proposers who would leave
// a proof out, no row can fill it.
func (k *Keeper) window(ctx sdk.Context, r beacon.Round, params beacon.Params) error {
	blocks := params.WindowBlocks + uint32(len(r.Entrants))
	plan := schedule.After(ctx.BlockHeight(), ctx.BlockTime(), blocks, params.WindowSeconds)
	return k.scheduler.Schedule(ctx, beacon.WindowKind, beacon.WindowName(r.Number), plan)
}

// endWindow closes the round with what is there, or has it wait for another window.
func (k *Keeper) endWindow(ctx sdk.Context, due schedule.Due) error {
	r, err := k.current(ctx)
	if err != nil {
		return err
	}
	if !r.Open() || string(beacon.WindowName(r.Number)) != string(due.Item.Name) {
		return beacon.ErrInvariant.Wrapf("a window of round %x ends and that round is not open", due.Item.Name)
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if err := k.strike(ctx, r.Number, r.Missing(), params); err != nil {
		return err
	}
	expected, err := k.expected(ctx, r)
	if err != nil {
		return err
	}
	if r.Contributions() >= beacon.Quorum(expected) {
		return k.close(ctx, r, params)
	}
	r.Windows++
	if err := k.Rounds.Set(ctx, r.Number, r); err != nil {
		return err
	}
	emit(ctx, &beacon.EventRoundProlonged{Round: r.Number, Windows: r.Windows})
	return k.window(ctx, r, params)
}

// contribute takes the proofs of a block's entry and closes the round when no more are expected.
func (k *Keeper) contribute(ctx sdk.Context, r beacon.Round, proofs []beacon.Proof, params beacon.Params) error {
	for _, p := range proofs {
		if err := r.Contribute(p); err != nil {
			return err
		}
		emit(ctx, &beacon.EventContributed{Round: r.Number, Operator: r.Entrants[p.Entrant].Operator})
	}
	expected, err := k.expected(ctx, r)
	if err != nil {
		return err
	}
	if r.Contributions() < expected {
		return k.Rounds.Set(ctx, r.Number, r)
	}
	if err := k.scheduler.Cancel(ctx, beacon.WindowKind, beacon.WindowName(r.Number)); err != nil {
		return err
	}
	if err := k.strike(ctx, r.Number, r.Missing(), params); err != nil {
		return err
	}
	return k.close(ctx, r, params)
}

// expected counts the entrants that have contributed or still may: their seats make blocks and were not put out of the beacon.
func (k *Keeper) expected(ctx context.Context, r beacon.Round) (int, error) {
	members, err := k.council.Members(ctx)
	if err != nil {
		return 0, err
	}
	able := map[string]bool{}
	for _, m := range members {
		seat, err := orZero(k.Seats.Get(ctx, m.Operator))
		if err != nil {
			return 0, err
		}
		able[seat.Operator] = m.Active && len(seat.Key) > 0
	}
	n := 0
	for _, e := range r.Entrants {
		if len(e.Proof) > 0 || able[e.Operator] {
			n++
		}
	}
	return n, nil
}

// close ends the round with the output of the proofs that are in. Nobody having contributed, it has none and the next round
// goes on from the output before.
func (k *Keeper) close(ctx sdk.Context, r beacon.Round, params beacon.Params) error {
	output, err := r.Sum()
	if err != nil {
		return err
	}
	r.Output, r.ClosedHeight, r.ClosedTime = output, ctx.BlockHeight(), ctx.BlockTime().Unix()
	if err := k.Rounds.Set(ctx, r.Number, r); err != nil {
		return err
	}
	if err := k.setOutput(ctx, r.Number, output); err != nil {
		return err
	}
	if len(output) > 0 {
		if err := k.Seed.Set(ctx, output); err != nil {
			return err
		}
	}
	if err := k.Awake.Remove(ctx); err != nil {
		return err
	}
	if err := k.reward(ctx, r, params); err != nil {
		return err
	}
	emit(ctx, &beacon.EventRoundClosed{
		Round: r.Number, Output: hex.EncodeToString(output), Contributions: uint32(r.Contributions()),
		Missing: uint32(len(r.Missing())),
	})
	return k.prune(ctx, r.Number, params)
}

// setOutput stores an output that may be empty, which in the store is another thing than none.
func (k *Keeper) setOutput(ctx context.Context, round uint64, output []byte) error {
	return k.Outputs.Set(ctx, round, append([]byte{}, output...))
}

// prune drops the proofs, and later the outputs, of rounds that are no longer kept, oldest first.
func (k *Keeper) prune(ctx context.Context, last uint64, params beacon.Params) error {
	rounds, err := oldest(ctx, k.Rounds, last, params.KeepRounds)
	if err != nil {
		return err
	}
	for _, r := range rounds {
		for _, e := range r.Value.Entrants {
			operator, err := k.addresses.StringToBytes(e.Operator)
			if err != nil {
				return err
			}
			if err := k.Withholdings.Remove(ctx, collections.Join(operator, r.Key)); err != nil {
				return err
			}
		}
		if err := k.Rounds.Remove(ctx, r.Key); err != nil {
			return err
		}
	}
	outputs, err := oldest(ctx, k.Outputs, last, params.KeepOutputs)
	if err != nil {
		return err
	}
	for _, o := range outputs {
		if err := k.Outputs.Remove(ctx, o.Key); err != nil {
			return err
		}
	}
	return nil
}

// oldest lists the first few entries that lie more than keep rounds back.
func oldest[V any](
	ctx context.Context, m collections.Map[uint64, V], last uint64, keep uint32,
) ([]collections.KeyValue[uint64, V], error) {
	if last <= uint64(keep) {
		return nil, nil
	}
	var list []collections.KeyValue[uint64, V]
	err := m.Walk(ctx, new(collections.Range[uint64]).EndInclusive(last-uint64(keep)), func(key uint64, value V) (bool, error) {
		list = append(list, collections.KeyValue[uint64, V]{Key: key, Value: value})
		return len(list) >= pruneMost, nil
	})
	if errors.Is(err, collections.ErrInvalidIterator) { // nothing there
		return nil, nil
	}
	return list, err
}
