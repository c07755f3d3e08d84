package keeper

import (
	"context"

	"ayni.example/x/payout"
)

type msgServer struct{ *Keeper }

// NewMsgServer answers the module's messages.
func NewMsgServer(k *Keeper) payout.MsgServer { return msgServer{k} }

// Promise is for anyone, from own money.
func (s msgServer) Promise(ctx context.Context, msg *payout.MsgPromise) (*payout.MsgPromiseResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &payout.MsgPromiseResponse{}, s.Keeper.Promise(ctx, msg)
}

// Collect is for the beneficiary.
func (s msgServer) Collect(ctx context.Context, msg *payout.MsgCollect) (*payout.MsgCollectResponse, error) {
	paid, err := s.Keeper.Collect(ctx, msg)
	return &payout.MsgCollectResponse{Paid: paid}, err
}

// Return is for anyone.
func (s msgServer) Return(ctx context.Context, msg *payout.MsgReturn) (*payout.MsgReturnResponse, error) {
	if _, _, err := s.address("sender", msg.Sender); err != nil {
		return nil, err
	}
	return &payout.MsgReturnResponse{}, s.Keeper.Return(ctx, msg)
}

// UpdateParams is for the council.
func (s msgServer) UpdateParams(ctx context.Context, msg *payout.MsgUpdateParams) (*payout.MsgUpdateParamsResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	_, sender, err := s.address("authority", msg.Authority)
	if err != nil {
		return nil, err
	}
	if sender != s.authority {
		return nil, payout.ErrUnauthorised.Wrapf("%s is not the council", sender)
	}
	return &payout.MsgUpdateParamsResponse{}, s.Params.Set(ctx, msg.Params)
}
