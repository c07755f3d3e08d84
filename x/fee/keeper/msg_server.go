package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/fee"
)

type msgServer struct{ *Keeper }

// NewMsgServer answers the module's messages.
func NewMsgServer(k *Keeper) fee.MsgServer { return msgServer{k} }

// SetQuota is for the admin alone.
func (s msgServer) SetQuota(ctx context.Context, msg *fee.MsgSetQuota) (*fee.MsgSetQuotaResponse, error) {
	if err := s.checkAdmin(ctx, msg.Admin); err != nil {
		return nil, err
	}
	quota, err := s.Keeper.SetQuota(ctx, msg.Account, msg.Gas)
	if err != nil {
		return nil, err
	}
	return &fee.MsgSetQuotaResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&fee.EventQuotaSet{
		Account: quota.Account, Gas: quota.Gas,
	})
}

// UpdateParams is for the admin alone.
func (s msgServer) UpdateParams(ctx context.Context, msg *fee.MsgUpdateParams) (*fee.MsgUpdateParamsResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if err := s.checkAdmin(ctx, msg.Admin); err != nil {
		return nil, err
	}
	return &fee.MsgUpdateParamsResponse{}, s.Keeper.UpdateParams(ctx, msg.Params)
}

// checkAdmin tells whether text names the admin.
func (s msgServer) checkAdmin(ctx context.Context, text string) error {
	_, sender, err := s.address("admin", text)
	if err != nil {
		return err
	}
	params, err := s.Params.Get(ctx)
	if err != nil {
		return err
	}
	if params.Admin != sender {
		return fee.ErrUnauthorised.Wrapf("%s is not the admin", sender)
	}
	return nil
}
