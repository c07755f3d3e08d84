package keeper

import (
	"context"
	"encoding/hex"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/beacon"
)

type msgServer struct{ *Keeper }

// NewMsgServer answers the module's messages.
func NewMsgServer(k *Keeper) beacon.MsgServer { return msgServer{k} }

// RegisterKey is for the operators of active seats.
func (s msgServer) RegisterKey(ctx context.Context, msg *beacon.MsgRegisterKey) (*beacon.MsgRegisterKeyResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	operator, _, err := s.address("operator", msg.Operator)
	if err != nil {
		return nil, err
	}
	seat, err := s.Keeper.RegisterKey(ctx, operator, msg.Key, msg.Proof)
	if err != nil {
		return nil, err
	}
	emit(sdk.UnwrapSDKContext(ctx), &beacon.EventKeyRegistered{
		Operator: seat.Operator, Key: hex.EncodeToString(seat.Key), FromRound: seat.FromRound,
	})
	return &beacon.MsgRegisterKeyResponse{FromRound: seat.FromRound}, nil
}

// Request is for anyone who pays for it.
func (s msgServer) Request(ctx context.Context, _ *beacon.MsgRequest) (*beacon.MsgRequestResponse, error) {
	round, err := s.Keeper.Request(ctx)
	if err != nil {
		return nil, err
	}
	return &beacon.MsgRequestResponse{Round: round}, nil
}

// UpdateParams is for the authority.
func (s msgServer) UpdateParams(ctx context.Context, msg *beacon.MsgUpdateParams) (*beacon.MsgUpdateParamsResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	_, sender, err := s.address("authority", msg.Authority)
	if err != nil {
		return nil, err
	}
	if sender != s.authority {
		return nil, beacon.ErrUnauthorised.Wrapf("%s is not the council", sender)
	}
	return &beacon.MsgUpdateParamsResponse{}, s.Params.Set(ctx, msg.Params)
}
