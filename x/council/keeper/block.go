package keeper

import (
	"context"

	abci "github.com/cometbft/cometbft/abci/types"

	"cosmossdk.io/core/comet"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/council"
)

// absenceEvery is how often an absence may begin, in heights. A commit often lacks the vote of the slowest, so noting that in
// each block would keep an idle ledger awake; that it ended is noted at once.
const absenceEvery = 10

// BeginBlock jails whom the evidence condemns and who was absent for too long. Where nothing of that begins or ends it writes
// nothing.
func (k *Keeper) BeginBlock(ctx context.Context) error {
	block := sdk.UnwrapSDKContext(ctx)
	info := block.CometInfo()
	if info == nil {
		return nil
	}
	if evidence := info.GetEvidence(); evidence != nil {
		for i := range evidence.Len() {
			e := evidence.Get(i)
			err := k.condemn(block, e.Validator().Address(), e.Height(), e.Time().Unix()) //nolint:contextcheck // block is the context
			if err != nil {
				return err
			}
		}
	}
	if commit := info.GetLastCommit(); commit != nil {
		return k.watch(block, commit.Votes()) //nolint:contextcheck // block is the context
	}
	return nil
}

// watch notes who took no part in the last block. Votes under a key that is retired say nothing of its seat.
func (k *Keeper) watch(ctx sdk.Context, votes comet.VoteInfos) error {
	if votes == nil || votes.Len() == 0 {
		return nil
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	seats, err := k.Seats(ctx)
	if err != nil {
		return err
	}
	byAddress := map[string]council.Seat{}
	for _, s := range seats {
		if s.Active() {
			byAddress[string(council.ConsensusAddress(s.ConsensusKey))] = s
		}
	}
	left := len(byAddress)
	height, now := ctx.BlockHeight(), ctx.BlockTime().Unix()
	for i := range votes.Len() {
		vote := votes.Get(i)
		seat, ok := byAddress[string(vote.Validator().Address())]
		if !ok {
			continue
		}
		missed := vote.GetBlockIDFlag() == comet.BlockIDFlagAbsent
		switch counted := seat.AbsentHeight != 0; {
		case !missed && !counted, missed && !counted && height%absenceEvery != 0:
			continue
		case !missed:
			seat.AbsentHeight, seat.AbsentTime = 0, 0
		case !counted:
			seat.AbsentHeight, seat.AbsentTime = height, now
		case height-seat.AbsentHeight < int64(params.AbsentBlocks), now-seat.AbsentTime < int64(params.AbsentSeconds), left <= 1:
			continue
		default:
			left--
			seat = jailed(ctx, seat, council.StatusAbsent)
		}
		if err := k.note(ctx, seat); err != nil {
			return err
		}
	}
	return nil
}

// note stores a seat as the block found it; only a jail is told of, since absences come and go.
func (k *Keeper) note(ctx sdk.Context, seat council.Seat) error {
	account, _, err := k.address("operator", seat.Operator)
	if err != nil {
		return err
	}
	if seat.Active() {
		return k.ByAccount.Set(ctx, account, seat)
	}
	return k.put(ctx, account, seat)
}

func jailed(ctx sdk.Context, seat council.Seat, status council.Status) council.Seat {
	seat.Status, seat.JailedHeight, seat.JailedTime = status, ctx.BlockHeight(), ctx.BlockTime().Unix()
	seat.AbsentHeight, seat.AbsentTime = 0, 0
	return seat
}

// EndBlock tells consensus what changed of the validators since it was told last. It acts on that two heights later: who
// leaves in block H still signs H and H+1.
func (k *Keeper) EndBlock(ctx context.Context) ([]abci.ValidatorUpdate, error) {
	seats, err := k.Seats(ctx)
	if err != nil {
		return nil, err
	}
	want := map[string]uint64{}
	for _, s := range seats {
		if s.Active() {
			want[string(s.ConsensusKey)] = s.Power
		}
	}
	var updates []abci.ValidatorUpdate
	if err := k.Told.Walk(ctx, nil, func(key []byte, power uint64) (bool, error) {
		if now := want[string(key)]; now != power {
			updates = append(updates, update(key, now))
		}
		delete(want, string(key))
		return false, nil
	}); err != nil {
		return nil, err
	}
	for _, s := range seats {
		if power, fresh := want[string(s.ConsensusKey)]; fresh {
			updates = append(updates, update(s.ConsensusKey, power))
		}
	}
	return updates, k.tell(ctx, updates)
}

// tell keeps what consensus is told.
func (k *Keeper) tell(ctx context.Context, updates []abci.ValidatorUpdate) error {
	for _, u := range updates {
		key := u.PubKey.GetEd25519()
		if u.Power == 0 {
			if err := k.Told.Remove(ctx, key); err != nil {
				return err
			}
			continue
		}
		if err := k.Told.Set(ctx, key, uint64(u.Power)); err != nil {
			return err
		}
	}
	return nil
}

func update(key []byte, power uint64) abci.ValidatorUpdate {
	return abci.ValidatorUpdate{PubKey: publicKey(key), Power: int64(power)}
}
