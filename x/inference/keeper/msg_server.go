package keeper

import (
	"context"
	"encoding/hex"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/inference"
)

type msgServer struct{ *Keeper }

// NewMsgServer answers the module's messages.
func NewMsgServer(k *Keeper) inference.MsgServer { return msgServer{k} }

// RegisterModel is for anyone.
func (s msgServer) RegisterModel(
	ctx context.Context, msg *inference.MsgRegisterModel,
) (*inference.MsgRegisterModelResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	_, registrant, err := s.address("registrant", msg.Registrant)
	if err != nil {
		return nil, err
	}
	fresh, err := s.Keeper.RegisterModel(ctx, registrant, msg.Model)
	if err != nil || !fresh {
		return &inference.MsgRegisterModelResponse{}, err
	}
	return &inference.MsgRegisterModelResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(
		&inference.EventModelRegistered{Digest: hex.EncodeToString(msg.Model.Digest), Name: msg.Model.Name})
}

// SetOffer is for active providers, each for its own offers.
func (s msgServer) SetOffer(ctx context.Context, msg *inference.MsgSetOffer) (*inference.MsgSetOfferResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	addr, text, err := s.address("provider", msg.Provider)
	if err != nil {
		return nil, err
	}
	if err := s.Keeper.SetOffer(ctx, addr, text, msg.Offer); err != nil {
		return nil, err
	}
	return &inference.MsgSetOfferResponse{}, changed(ctx, text, msg.Offer.Model, false)
}

// RemoveOffer is for the offer's provider.
func (s msgServer) RemoveOffer(
	ctx context.Context, msg *inference.MsgRemoveOffer,
) (*inference.MsgRemoveOfferResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	addr, text, err := s.address("provider", msg.Provider)
	if err != nil {
		return nil, err
	}
	if err := s.Keeper.RemoveOffer(ctx, addr, msg.Model); err != nil {
		return nil, err
	}
	return &inference.MsgRemoveOfferResponse{}, changed(ctx, text, msg.Model, true)
}

func changed(ctx context.Context, provider string, digest []byte, removed bool) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(
		&inference.EventOfferChanged{Provider: provider, Model: hex.EncodeToString(digest), Removed: removed})
}
