package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/provider"
)

type msgServer struct{ *Keeper }

// NewMsgServer answers the module's messages.
func NewMsgServer(k *Keeper) provider.MsgServer { return msgServer{k} }

// Register is for anyone who has the bond.
func (s msgServer) Register(ctx context.Context, msg *provider.MsgRegister) (*provider.MsgRegisterResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	p, err := s.Keeper.Register(ctx, msg)
	if err != nil {
		return nil, err
	}
	return &provider.MsgRegisterResponse{}, changed(ctx, p, p.Status)
}

// Update is for the provider.
func (s msgServer) Update(ctx context.Context, msg *provider.MsgUpdate) (*provider.MsgUpdateResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	addr, _, err := s.address("provider", msg.Address)
	if err != nil {
		return nil, err
	}
	p, err := s.Keeper.Update(ctx, addr, msg.Profile())
	if err != nil {
		return nil, err
	}
	return &provider.MsgUpdateResponse{}, changed(ctx, p, p.Status)
}

// Suspend is for the provider and for the admin.
func (s msgServer) Suspend(ctx context.Context, msg *provider.MsgSuspend) (*provider.MsgSuspendResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	addr, byAdmin, err := s.authorise(ctx, msg.Sender, msg.Address)
	if err != nil {
		return nil, err
	}
	p, err := s.Keeper.Suspend(ctx, addr, byAdmin, msg.Reason)
	if err != nil {
		return nil, err
	}
	return &provider.MsgSuspendResponse{}, changed(ctx, p, p.Status)
}

// Resume is for the provider and for the admin, each for its own suspension.
func (s msgServer) Resume(ctx context.Context, msg *provider.MsgResume) (*provider.MsgResumeResponse, error) {
	addr, byAdmin, err := s.authorise(ctx, msg.Sender, msg.Address)
	if err != nil {
		return nil, err
	}
	p, err := s.Keeper.Resume(ctx, addr, byAdmin)
	if err != nil {
		return nil, err
	}
	return &provider.MsgResumeResponse{}, changed(ctx, p, p.Status)
}

// Leave is for the provider.
func (s msgServer) Leave(ctx context.Context, msg *provider.MsgLeave) (*provider.MsgLeaveResponse, error) {
	addr, _, err := s.address("provider", msg.Address)
	if err != nil {
		return nil, err
	}
	p, err := s.Keeper.Leave(ctx, addr)
	if err != nil {
		return nil, err
	}
	return &provider.MsgLeaveResponse{}, changed(ctx, p, p.Status)
}

// Withdraw is for the provider.
func (s msgServer) Withdraw(ctx context.Context, msg *provider.MsgWithdraw) (*provider.MsgWithdrawResponse, error) {
	addr, _, err := s.address("provider", msg.Address)
	if err != nil {
		return nil, err
	}
	p, err := s.Keeper.Withdraw(ctx, addr)
	if err != nil {
		return nil, err
	}
	return &provider.MsgWithdrawResponse{}, changed(ctx, p, provider.StatusUnspecified)
}

// authorise lets the provider act for itself and the admin act on it, and tells which of the two it is.
func (s msgServer) authorise(ctx context.Context, senderText, addrText string) (addr []byte, byAdmin bool, err error) {
	_, sender, err := s.address("sender", senderText)
	if err != nil {
		return nil, false, err
	}
	addr, canonical, err := s.address("provider", addrText)
	if err != nil {
		return nil, false, err
	}
	if sender == canonical {
		return addr, false, nil
	}
	params, err := s.Params.Get(ctx)
	if err != nil {
		return nil, false, err
	}
	if params.Admin != sender {
		return nil, false, provider.ErrUnauthorised.Wrapf("%s is neither the provider nor the admin", sender)
	}
	return addr, true, nil
}

// changed tells of a provider; the status is unspecified once it is gone.
func changed(ctx context.Context, p provider.Provider, status provider.Status) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&provider.EventProviderChanged{
		Address: p.Address, Status: status, Reason: p.Reason,
	})
}
