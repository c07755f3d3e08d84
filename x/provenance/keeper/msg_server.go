package keeper

import (
	"context"

	"ayni.example/x/provenance"
)

type msgServer struct{ *Keeper }

// NewMsgServer answers the module's messages.
func NewMsgServer(k *Keeper) provenance.MsgServer { return msgServer{k} }

// Register is for anyone, who becomes the owner.
func (s msgServer) Register(ctx context.Context, msg *provenance.MsgRegister) (*provenance.MsgRegisterResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return s.Keeper.Register(ctx, msg)
}

// Transfer is for the owner.
func (s msgServer) Transfer(ctx context.Context, msg *provenance.MsgTransfer) (*provenance.MsgTransferResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &provenance.MsgTransferResponse{}, s.Keeper.Transfer(ctx, msg)
}

// ClaimRoyalty is for anyone; the payees are paid.
func (s msgServer) ClaimRoyalty(ctx context.Context, msg *provenance.MsgClaimRoyalty) (*provenance.MsgClaimRoyaltyResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	paid, err := s.Claim(ctx, msg)
	return &provenance.MsgClaimRoyaltyResponse{Paid: paid}, err
}

// Suspect is for anyone; the ledger compares.
func (s msgServer) Suspect(ctx context.Context, msg *provenance.MsgSuspect) (*provenance.MsgSuspectResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &provenance.MsgSuspectResponse{}, s.Keeper.Suspect(ctx, msg)
}

// Resolve is for the council.
func (s msgServer) Resolve(ctx context.Context, msg *provenance.MsgResolve) (*provenance.MsgResolveResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &provenance.MsgResolveResponse{}, s.Keeper.Resolve(ctx, msg)
}

// Ban is for the council.
func (s msgServer) Ban(ctx context.Context, msg *provenance.MsgBan) (*provenance.MsgBanResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &provenance.MsgBanResponse{}, s.Keeper.Ban(ctx, msg)
}

// UpdateParams is for the council.
func (s msgServer) UpdateParams(ctx context.Context, msg *provenance.MsgUpdateParams) (*provenance.MsgUpdateParamsResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if err := s.council(msg.Authority); err != nil {
		return nil, err
	}
	return &provenance.MsgUpdateParamsResponse{}, s.Params.Set(ctx, msg.Params)
}

// BindKey is for anyone who holds the key.
func (s msgServer) BindKey(ctx context.Context, msg *provenance.MsgBindKey) (*provenance.MsgBindKeyResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &provenance.MsgBindKeyResponse{}, s.Keeper.BindKey(ctx, msg)
}

// CreatePool is for anyone, who becomes the owner.
func (s msgServer) CreatePool(ctx context.Context, msg *provenance.MsgCreatePool) (*provenance.MsgCreatePoolResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	pool, err := s.Keeper.CreatePool(ctx, msg)
	return &provenance.MsgCreatePoolResponse{Pool: pool}, err
}

// OpenEpoch is for the pool's owner.
func (s msgServer) OpenEpoch(ctx context.Context, msg *provenance.MsgOpenEpoch) (*provenance.MsgOpenEpochResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	epoch, err := s.Keeper.OpenEpoch(ctx, msg)
	return &provenance.MsgOpenEpochResponse{Epoch: epoch}, err
}

// Contribute is for anyone.
func (s msgServer) Contribute(ctx context.Context, msg *provenance.MsgContribute) (*provenance.MsgContributeResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	id, err := s.Keeper.Contribute(ctx, msg)
	return &provenance.MsgContributeResponse{Contribution: id}, err
}

// Withdraw is for whoever contributed.
func (s msgServer) Withdraw(ctx context.Context, msg *provenance.MsgWithdraw) (*provenance.MsgWithdrawResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &provenance.MsgWithdrawResponse{}, s.Keeper.Withdraw(ctx, msg)
}

// Judge is for a checker of the pool.
func (s msgServer) Judge(ctx context.Context, msg *provenance.MsgJudge) (*provenance.MsgJudgeResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &provenance.MsgJudgeResponse{}, s.Keeper.Judge(ctx, msg)
}

// Grant is for the owner of what is granted.
func (s msgServer) Grant(ctx context.Context, msg *provenance.MsgGrant) (*provenance.MsgGrantResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &provenance.MsgGrantResponse{}, s.Keeper.Grant(ctx, msg)
}

// Revoke is for the owner of the grant.
func (s msgServer) Revoke(ctx context.Context, msg *provenance.MsgRevoke) (*provenance.MsgRevokeResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &provenance.MsgRevokeResponse{}, s.Keeper.Revoke(ctx, msg)
}

// Erase is for the owner of the grants and of the asset.
func (s msgServer) Erase(ctx context.Context, msg *provenance.MsgErase) (*provenance.MsgEraseResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &provenance.MsgEraseResponse{}, s.Keeper.Erase(ctx, msg)
}
