package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"

	"ayni.example/x/beacon"
)

// PreBlock takes the proofs of the block's entry, where it has one, and opens the round that was asked for. It has no error to
// return: a beacon that contradicts itself is told of and left as it was, and the ledger goes on. Where no round is open or
// wanted it writes nothing.
func (k *Keeper) PreBlock(ctx sdk.Context, entry []byte) {
	for _, step := range []func(sdk.Context) error{
		func(ctx sdk.Context) error { return k.take(ctx, entry) },
		k.next,
		k.stayAwake,
	} {
		cached, write := ctx.CacheContext()
		if err := step(cached); err != nil {
			ctx.Logger().Error("the beacon did nothing in this block", "error", err)
			emit(ctx, &beacon.EventStalled{Reason: err.Error()})
			return
		}
		write()
	}
}

func (k *Keeper) take(ctx sdk.Context, entry []byte) error {
	if len(entry) == 0 {
		return nil
	}
	r, proofs, err := k.decode(ctx, entry)
	if err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	return k.contribute(ctx, r, proofs, params)
}

// next opens the round that was asked for once the one before is closed.
func (k *Keeper) next(ctx sdk.Context) error {
	wanted, err := orZero(k.Wanted.Get(ctx))
	if err != nil || !wanted {
		return err
	}
	r, err := k.current(ctx)
	if err != nil || r.Open() {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	return k.open(ctx, r.Number+1, params)
}

// stayAwake writes in each block of a round's first window, since consensus makes the next block at once only where the state
// has changed, and proofs need blocks to travel in. A round that is prolonged waits at the pace of an idle ledger.
func (k *Keeper) stayAwake(ctx sdk.Context) error {
	r, err := k.current(ctx)
	if err != nil || !r.Open() || r.Windows > 0 || r.OpenedHeight == ctx.BlockHeight() {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	blocks, seconds := ctx.BlockHeight()-r.OpenedHeight, ctx.BlockTime().Unix()-r.OpenedTime
	if blocks > int64(params.WindowBlocks)+int64(len(r.Entrants)) && seconds > int64(params.WindowSeconds) {
		return nil
	}
	return k.Awake.Set(ctx, ctx.BlockHeight())
}

// Duty is what the holder of an entrant's key has to prove.
type Duty struct {
	Round   uint64
	Entrant uint16
	Alpha   []byte
}

// Duty tells whether the open round, if there is one, waits for the holder of key.
func (k *Keeper) Duty(ctx context.Context, key []byte) (Duty, bool, error) {
	r, err := k.current(ctx)
	if err != nil || !r.Open() {
		return Duty{}, false, err
	}
	for i, e := range r.Entrants {
		if string(e.Key) == string(key) && len(e.Proof) == 0 {
			return Duty{Round: r.Number, Entrant: uint16(i), Alpha: beacon.Alpha(r.Input)}, true, nil
		}
	}
	return Duty{}, false, nil
}

// CheckExtension tells whether a vote's extension is empty or a proof that the open round waits for.
func (k *Keeper) CheckExtension(ctx context.Context, raw []byte) error {
	if len(raw) == 0 {
		return nil
	}
	number, proof, err := beacon.DecodeExtension(raw)
	if err != nil {
		return err
	}
	r, err := k.waiting(ctx, number)
	if err != nil {
		return err
	}
	return r.Contribute(proof)
}

// Entry gathers the proofs of vote extensions for the next block, leaving out what is false, too late or there already. It is
// empty where there is none, or no room for one.
func (k *Keeper) Entry(ctx context.Context, extensions [][]byte, room int64) ([]byte, error) {
	r, err := k.current(ctx)
	if err != nil || !r.Open() {
		return nil, err
	}
	taken := make([]*beacon.Proof, len(r.Entrants))
	for _, raw := range extensions {
		number, proof, err := beacon.DecodeExtension(raw)
		if err != nil || number != r.Number || r.Contribute(proof) != nil {
			continue
		}
		taken[proof.Entrant] = &proof
	}
	var proofs []beacon.Proof
	for _, p := range taken {
		if p != nil && int64(beacon.EntrySize(len(proofs)+1)) <= room {
			proofs = append(proofs, *p)
		}
	}
	if len(proofs) == 0 {
		return nil, nil
	}
	return beacon.EncodeEntry(r.Number, proofs), nil
}

// CheckEntry tells whether a block may begin with this entry.
func (k *Keeper) CheckEntry(ctx context.Context, raw []byte) error {
	r, proofs, err := k.decode(ctx, raw)
	if err != nil {
		return err
	}
	for _, p := range proofs {
		if err := r.Contribute(p); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) decode(ctx context.Context, entry []byte) (beacon.Round, []beacon.Proof, error) {
	number, proofs, err := beacon.DecodeEntry(entry)
	if err != nil {
		return beacon.Round{}, nil, err
	}
	r, err := k.waiting(ctx, number)
	return r, proofs, err
}

// waiting is the open round, if it has this number.
func (k *Keeper) waiting(ctx context.Context, number uint64) (beacon.Round, error) {
	r, err := k.current(ctx)
	if err == nil && (!r.Open() || r.Number != number) {
		err = beacon.ErrEntry.Wrapf("round %d is not open", number)
	}
	return r, err
}

// emit tells of something. Our own events always encode.
func emit(ctx sdk.Context, event proto.Message) {
	if err := ctx.EventManager().EmitTypedEvent(event); err != nil {
		ctx.Logger().Error("event was not told", "error", err)
	}
}
