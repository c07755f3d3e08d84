package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/referee"
	"ayni.example/x/schedule"
)

// Enlist makes an auditor of an account, adds to its bond, or lets one stay who was about to leave.
func (k *Keeper) Enlist(ctx context.Context, msg *referee.MsgEnlist) error {
	addr, text, err := k.address("auditor", msg.Auditor)
	if err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	a, err := k.Auditors.Get(ctx, addr)
	if errors.Is(err, collections.ErrNotFound) {
		a, err = k.newcomer(ctx, params, text, msg)
	}
	if err != nil {
		return err
	}
	if a.LeavesHeight != 0 {
		if err := k.cancel(ctx, referee.KindRetire, addr); err != nil {
			return err
		}
		a.EnlistedHeight, a.LeavesHeight, a.LeavesTime = sdk.UnwrapSDKContext(ctx).BlockHeight(), 0, 0
	}
	a.Bond = a.Bond.Add(msg.Bond)
	if a.Bond.LT(params.AuditorBond) {
		return referee.ErrBond.Wrapf("%s, at least %s", a.Bond, params.AuditorBond)
	}
	if err := k.take(ctx, addr, msg.Bond); err != nil {
		return err
	}
	if err := k.Auditors.Set(ctx, addr, a); err != nil {
		return err
	}
	return emit(ctx, &referee.EventEnlisted{Auditor: text, Bond: a.Bond})
}

func (k *Keeper) newcomer(ctx context.Context, params referee.Params, text string, msg *referee.MsgEnlist) (referee.Auditor, error) {
	a := referee.Auditor{Address: text, Bond: msg.Bond.Sub(msg.Bond), EnlistedHeight: sdk.UnwrapSDKContext(ctx).BlockHeight()}
	n := uint32(0)
	err := k.Auditors.Walk(ctx, nil, func([]byte, referee.Auditor) (bool, error) {
		n++
		return n >= params.AuditorsMax, nil
	})
	if err == nil && n >= params.AuditorsMax {
		err = referee.ErrFull.Wrapf("at most %d", params.AuditorsMax)
	}
	return a, err
}

// Retire takes an auditor off the list; sent again when the time is over, it does what the schedule should have done.
func (k *Keeper) Retire(ctx context.Context, msg *referee.MsgRetire) error {
	addr, text, err := k.address("auditor", msg.Auditor)
	if err != nil {
		return err
	}
	a, err := k.Auditors.Get(ctx, addr)
	if errors.Is(err, collections.ErrNotFound) {
		return referee.ErrNotFound.Wrapf("auditor %s", text)
	}
	if err != nil {
		return err
	}
	now := sdk.UnwrapSDKContext(ctx)
	if a.LeavesHeight != 0 {
		late := now.BlockHeight() >= a.LeavesHeight && now.BlockTime().Unix() >= a.LeavesTime
		if _, err := k.schedule.Item(ctx, referee.KindRetire, addr); err == nil || !late {
			return referee.ErrEarly.Wrapf("bond is free from height %d and time %d", a.LeavesHeight, a.LeavesTime)
		}
		return k.retire(ctx, addr)
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	due := schedule.After(now.BlockHeight(), now.BlockTime(), params.Leave.Blocks, params.Leave.Seconds)
	a.LeavesHeight, a.LeavesTime = due.Height, due.Time
	if err := k.schedule.Schedule(ctx, referee.KindRetire, addr, due); err != nil {
		return err
	}
	if err := k.Auditors.Set(ctx, addr, a); err != nil {
		return err
	}
	return emit(ctx, &referee.EventEnlisted{Auditor: text, Bond: a.Bond, Retired: true})
}

// retire returns the bond of an auditor who has nothing before it any more.
func (k *Keeper) retire(ctx context.Context, addr []byte) error {
	a, err := k.Auditors.Get(ctx, addr)
	if err != nil {
		return err
	}
	load, err := k.load(ctx, addr, referee.RoleAuditor, 1)
	if err != nil {
		return err
	}
	if load > 0 {
		now := sdk.UnwrapSDKContext(ctx)
		return k.schedule.Schedule(ctx, referee.KindRetire, addr, schedule.After(now.BlockHeight(), now.BlockTime(), retireBlocks, retireSeconds))
	}
	if err := k.Auditors.Remove(ctx, addr); err != nil {
		return err
	}
	if err := k.pay(ctx, a.Address, a.Bond); err != nil {
		return err
	}
	return emit(ctx, &referee.EventEnlisted{Auditor: a.Address, Bond: a.Bond, Retired: true, Gone: true})
}
