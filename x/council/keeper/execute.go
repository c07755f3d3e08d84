package keeper

import (
	"fmt"

	errorsmod "cosmossdk.io/errors"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"ayni.example/x/council"
)

// execute lets the messages of an accepted proposal take effect, all of them or none. The transaction that decided pays for
// the gas; one that has less left than a proposal may use, and uses it up, fails itself and decides nothing.
func (k *Keeper) execute(ctx sdk.Context, p council.Proposal) (council.Proposal, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return p, err
	}
	msgs, err := p.Msgs()
	if err != nil {
		return p, err
	}
	limit := min(params.ExecutionGas, ctx.GasMeter().GasRemaining())
	meter := storetypes.NewGasMeter(limit)
	cached, write := ctx.WithGasMeter(meter).CacheContext()
	at, failure := k.runAll(cached, msgs)
	ctx.GasMeter().ConsumeGas(min(meter.GasConsumed(), limit), "messages of a proposal")
	switch {
	case failure == nil:
		write()
		p.Status = council.ProposalExecuted
		return p, nil
	case errorsmod.IsOf(failure, council.ErrGas) && limit < params.ExecutionGas:
		return p, sdkerrors.ErrOutOfGas.Wrapf("proposal %d is accepted with this vote and needs more gas to take effect", p.Id)
	}
	ctx.Logger().Info("proposal failed", "proposal", p.Id, "message", at, "error", failure)
	p.Status, p.FailedMessage = council.ProposalFailed, uint32(at)
	p.Codespace, p.Code, _ = errorsmod.ABCIInfo(failure, false)
	return p, nil
}

// runAll stops at the first message that fails and tells its place.
func (k *Keeper) runAll(ctx sdk.Context, msgs []sdk.Msg) (int, error) {
	for i, msg := range msgs {
		if err := guard(func() error { return k.run(ctx, msg) }); err != nil {
			return i, err
		}
	}
	return 0, nil
}

func (k *Keeper) run(ctx sdk.Context, msg sdk.Msg) error {
	handler := k.cfg.Router.Handler(msg)
	if handler == nil {
		return council.ErrMessage.Wrapf("this ledger no longer knows %s", sdk.MsgTypeURL(msg))
	}
	result, err := handler(ctx, msg)
	if err != nil {
		return err
	}
	ctx.EventManager().EmitEvents(result.GetEvents())
	return nil
}

// guard makes an error of a panic. Only the kind of error is kept in the state, since two machines may word it differently.
func guard(work func() error) (err error) {
	defer func() {
		switch fault := recover().(type) {
		case nil:
		case storetypes.ErrorOutOfGas:
			err = council.ErrGas.Wrap(fault.Descriptor)
		case storetypes.ErrorGasOverflow:
			err = council.ErrGas.Wrap(fault.Descriptor)
		default:
			err = council.ErrPanic.Wrap(fmt.Sprint(fault))
		}
	}()
	return work()
}
