package keeper

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/council"
	"ayni.example/x/schedule"
)

const (
	// retiredMax bounds the keys that one operator changed lately, which are all remembered.
	retiredMax = 8
	// proofGas is charged for checking a proof, since that costs more than the bytes it reads.
	proofGas = 2_000
	// setDelay is after how many heights consensus acts on a change of the set.
	setDelay = 2
	// Bounds on evidence where consensus has none, as in tests.
	evidenceBlocks, evidenceSeconds = 20_000, 48 * 3600
)

// take gives a key to an operator who proved to hold it; each key serves once.
func (k *Keeper) take(ctx context.Context, account []byte, operator string, key, proof []byte) error {
	block := sdk.UnwrapSDKContext(ctx)
	block.GasMeter().ConsumeGas(proofGas, "proof of a consensus key")
	if err := council.CheckProof(block.ChainID(), account, key, proof); err != nil {
		return err
	}
	address := council.ConsensusAddress(key)
	switch taken, err := k.Keys.Has(ctx, address); {
	case err != nil:
		return err
	case taken:
		return council.ErrTaken.Wrapf("key %x", key)
	}
	return k.Keys.Set(ctx, address, council.Key{Key: key, Operator: operator})
}

// retire takes a key out of use. It is remembered until no evidence about it can come any more.
func (k *Keeper) retire(ctx context.Context, key []byte) error {
	address := council.ConsensusAddress(key)
	kept, err := k.key(ctx, address)
	if err != nil {
		return err
	}
	block := sdk.UnwrapSDKContext(ctx)
	kept.RetiredHeight, kept.RetiredTime = block.BlockHeight(), block.BlockTime().Unix()
	if err := k.Keys.Set(ctx, address, kept); err != nil || kept.Condemned {
		return err
	}
	return k.cfg.Schedule.Schedule(ctx, council.KindForget, address, schedule.Plan{Height: kept.RetiredHeight + setDelay})
}

// forget drops a retired key that no evidence can reach, unless it is condemned. It looks first when consensus has stopped
// using the key, from when on the key's age counts, and then until that is over: the council may have made evidence live longer.
func (k *Keeper) forget(ctx context.Context, due schedule.Due) error {
	address := due.Item.Name
	key, err := k.Keys.Get(ctx, address)
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	}
	if err != nil || key.Condemned || !key.Retired() {
		return err
	}
	block := sdk.UnwrapSDKContext(ctx)
	if due.Item.Time == 0 {
		key.RetiredHeight, key.RetiredTime = block.BlockHeight(), block.BlockTime().Unix()
		if err := k.Keys.Set(ctx, address, key); err != nil {
			return err
		}
	}
	if stale(block, key.RetiredHeight, key.RetiredTime) {
		return k.Keys.Remove(ctx, address)
	}
	blocks, seconds := evidenceAge(block)
	return k.cfg.Schedule.Schedule(ctx, council.KindForget, address, schedule.Plan{
		Height: key.RetiredHeight + blocks + 1, Time: key.RetiredTime + seconds + 1,
	})
}

// condemn jails the seat whose key signed twice at a height, for as long as it has that key. Consensus has checked the
// evidence; that of a stranger, of the past or of a key that is condemned already changes nothing.
func (k *Keeper) condemn(ctx sdk.Context, address []byte, height, at int64) error {
	key, err := k.Keys.Get(ctx, address)
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	}
	if err != nil || key.Condemned || stale(ctx, height, at) {
		return err
	}
	key.Condemned = true
	if err := k.Keys.Set(ctx, address, key); err != nil {
		return err
	}
	found, err := k.jail(ctx, key.Operator)
	if err != nil {
		return err
	}
	return emit(ctx, &council.EventEvidence{
		Operator: key.Operator, ConsensusKey: hex.EncodeToString(key.Key), Height: height, Jailed: found,
	})
}

// jail condemns an operator's seat, if there is one and it is not the last that is active: without any validator the ledger
// would end, and nobody could mend it.
func (k *Keeper) jail(ctx sdk.Context, operator string) (bool, error) {
	account, _, err := k.address("operator", operator)
	if err != nil {
		return false, err
	}
	seat, err := k.seat(ctx, account)
	if errors.Is(err, council.ErrNotFound) || err == nil && seat.Status == council.StatusCondemned {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := k.checkSpared(ctx, seat); err != nil {
		if errors.Is(err, council.ErrLast) {
			return false, nil
		}
		return false, err
	}
	return true, k.put(ctx, account, jailed(ctx, seat, council.StatusCondemned))
}

// checkRotations bounds how many retired keys of an operator are remembered.
func (k *Keeper) checkRotations(ctx context.Context, operator string) error {
	retired := 0
	if err := k.Keys.Walk(ctx, nil, func(_ []byte, key council.Key) (bool, error) {
		if key.Operator == operator && key.Retired() && !key.Condemned {
			retired++
		}
		return false, nil
	}); err != nil {
		return err
	}
	if retired >= retiredMax {
		return council.ErrFull.Wrapf("%d keys of %s were replaced lately", retired, operator)
	}
	return nil
}

// inherit gives all keys of an operator to another, so that evidence about the past still finds the seat.
func (k *Keeper) inherit(ctx context.Context, from, to string) error {
	var keys []council.Key
	if err := k.Keys.Walk(ctx, nil, func(_ []byte, key council.Key) (bool, error) {
		if key.Operator == from {
			keys = append(keys, key)
		}
		return false, nil
	}); err != nil {
		return err
	}
	for _, key := range keys {
		key.Operator = to
		if err := k.Keys.Set(ctx, council.ConsensusAddress(key.Key), key); err != nil {
			return err
		}
	}
	return nil
}

// stale tells whether evidence of that height and time (unix seconds) comes too late: both ages are over.
func stale(ctx sdk.Context, height, at int64) bool {
	blocks, seconds := evidenceAge(ctx)
	return ctx.BlockHeight()-height > blocks && ctx.BlockTime().Unix()-at > seconds
}

// evidenceAge is how long consensus takes evidence: until both are over.
func evidenceAge(ctx sdk.Context) (blocks, seconds int64) {
	if e := ctx.ConsensusParams().Evidence; e != nil {
		return e.MaxAgeNumBlocks, int64(e.MaxAgeDuration / time.Second)
	}
	return evidenceBlocks, evidenceSeconds
}
