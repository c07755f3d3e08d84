package keeper

import (
	"context"

	"ayni.example/x/zkml"
)

type msgServer struct{ *Keeper }

// NewMsgServer answers the module's messages.
func NewMsgServer(k *Keeper) zkml.MsgServer { return msgServer{k} }

// RegisterModel is for anyone.
func (s msgServer) RegisterModel(ctx context.Context, msg *zkml.MsgRegisterModel) (*zkml.MsgRegisterModelResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	m, err := s.Register(ctx, msg)
	return &zkml.MsgRegisterModelResponse{Model: m.Id}, err
}

// UpdateModel is for the owner.
func (s msgServer) UpdateModel(ctx context.Context, msg *zkml.MsgUpdateModel) (*zkml.MsgUpdateModelResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &zkml.MsgUpdateModelResponse{}, s.Update(ctx, msg)
}

// SubmitProof is for the account that the proof names.
func (s msgServer) SubmitProof(ctx context.Context, msg *zkml.MsgSubmitProof) (*zkml.MsgSubmitProofResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &zkml.MsgSubmitProofResponse{}, s.Submit(ctx, msg)
}

// UpdateParams is for the council.
func (s msgServer) UpdateParams(ctx context.Context, msg *zkml.MsgUpdateParams) (*zkml.MsgUpdateParamsResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	_, sender, err := s.address("authority", msg.Authority)
	if err != nil {
		return nil, err
	}
	if sender != s.authority {
		return nil, zkml.ErrUnauthorised.Wrapf("%s is not the council", sender)
	}
	return &zkml.MsgUpdateParamsResponse{}, s.Params.Set(ctx, msg.Params)
}
