package keeper

import (
	"context"

	"ayni.example/x/arena"
)

type msgServer struct {
	*Keeper
	arena.UnimplementedMsgServer
}

// NewMsgServer answers the module's messages.
func NewMsgServer(k *Keeper) arena.MsgServer { return &msgServer{Keeper: k} }

// Create is for anyone, who becomes the owner.
func (s msgServer) Create(ctx context.Context, msg *arena.MsgCreate) (*arena.MsgCreateResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	id, err := s.Keeper.Create(ctx, msg)
	return &arena.MsgCreateResponse{Arena: id}, err
}

// Fund is for anyone, from own money.
func (s msgServer) Fund(ctx context.Context, msg *arena.MsgFund) (*arena.MsgFundResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &arena.MsgFundResponse{}, s.Keeper.Fund(ctx, msg)
}

// Close is for the owner.
func (s msgServer) Close(ctx context.Context, msg *arena.MsgClose) (*arena.MsgCloseResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &arena.MsgCloseResponse{}, s.Keeper.Close(ctx, msg)
}

// Join is for anyone, from own money.
func (s msgServer) Join(ctx context.Context, msg *arena.MsgJoin) (*arena.MsgJoinResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return s.Keeper.Join(ctx, msg)
}

// Leave is for a member with a seat.
func (s msgServer) Leave(ctx context.Context, msg *arena.MsgLeave) (*arena.MsgLeaveResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &arena.MsgLeaveResponse{}, s.Keeper.Leave(ctx, msg)
}

// Bond is for anyone on an evaluator, for others on themselves.
func (s msgServer) Bond(ctx context.Context, msg *arena.MsgBond) (*arena.MsgBondResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &arena.MsgBondResponse{}, s.Keeper.Bond(ctx, msg)
}

// Unbond is for whoever has staked.
func (s msgServer) Unbond(ctx context.Context, msg *arena.MsgUnbond) (*arena.MsgUnbondResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return s.Keeper.Unbond(ctx, msg)
}

// Claim is for whoever has earned or sponsored.
func (s msgServer) Claim(ctx context.Context, msg *arena.MsgClaim) (*arena.MsgClaimResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	amount, err := s.Keeper.Claim(ctx, msg)
	if err != nil {
		return nil, err
	}
	return &arena.MsgClaimResponse{Amount: amount}, nil
}

// UpdateParams is for the council.
func (s msgServer) UpdateParams(ctx context.Context, msg *arena.MsgUpdateParams) (*arena.MsgUpdateParamsResponse, error) {
	_, text, err := s.account("authority", msg.Authority)
	if err != nil {
		return nil, err
	}
	if text != s.authority {
		return nil, arena.ErrUnauthorised.Wrapf("%s is not the council", text)
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &arena.MsgUpdateParamsResponse{}, s.Params.Set(ctx, msg.Params)
}
