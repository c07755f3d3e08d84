package keeper

import (
	"context"

	"ayni.example/x/artifact"
)

type msgServer struct{ *Keeper }

// NewMsgServer answers the module's messages.
func NewMsgServer(k *Keeper) artifact.MsgServer { return msgServer{k} }

// Pledge is for registered providers.
func (s msgServer) Pledge(ctx context.Context, msg *artifact.MsgPledge) (*artifact.MsgPledgeResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &artifact.MsgPledgeResponse{}, s.Keeper.Pledge(ctx, msg)
}

// Extend is for the holder.
func (s msgServer) Extend(ctx context.Context, msg *artifact.MsgExtend) (*artifact.MsgExtendResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &artifact.MsgExtendResponse{}, s.Keeper.Extend(ctx, msg.Holder, msg.Digest, msg.Until)
}

// Release is for the holder.
func (s msgServer) Release(ctx context.Context, msg *artifact.MsgRelease) (*artifact.MsgReleaseResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &artifact.MsgReleaseResponse{}, s.Keeper.Release(ctx, msg.Holder, msg.Digest)
}

// Challenge is for anyone who has the deposit.
func (s msgServer) Challenge(ctx context.Context, msg *artifact.MsgChallenge) (*artifact.MsgChallengeResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &artifact.MsgChallengeResponse{}, s.Keeper.Challenge(ctx, msg)
}

// Answer is for anyone who has the leaf.
func (s msgServer) Answer(ctx context.Context, msg *artifact.MsgAnswer) (*artifact.MsgAnswerResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &artifact.MsgAnswerResponse{}, s.Keeper.Answer(ctx, msg)
}

// UpdateParams is for the council.
func (s msgServer) UpdateParams(ctx context.Context, msg *artifact.MsgUpdateParams) (*artifact.MsgUpdateParamsResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	_, sender, err := s.address("authority", msg.Authority)
	if err != nil {
		return nil, err
	}
	if sender != s.authority {
		return nil, artifact.ErrUnauthorised.Wrapf("%s is not the council", sender)
	}
	return &artifact.MsgUpdateParamsResponse{}, s.Params.Set(ctx, msg.Params)
}
