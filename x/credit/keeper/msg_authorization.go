package keeper

import (
	"context"
	"encoding/hex"

	"cosmossdk.io/math"

	"github.com/cosmos/gogoproto/proto"

	"ayni.example/x/credit"
)

// TransferAuthorized is for anyone: the payer has signed.
func (s msgServer) TransferAuthorized(
	ctx context.Context, msg *credit.MsgTransferAuthorized,
) (*credit.MsgTransferAuthorizedResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	from, payer, err := s.address("from", msg.From)
	if err != nil {
		return nil, err
	}
	to, payee, err := s.address("to", msg.To)
	if err != nil {
		return nil, err
	}
	if err := s.Keeper.TransferAuthorized(ctx, credit.Authorization{
		From: from, To: to, Value: msg.Value, ValidAfter: msg.ValidAfter, ValidBefore: msg.ValidBefore, Nonce: msg.Nonce,
	}, msg.Signature); err != nil {
		return nil, err
	}
	return &credit.MsgTransferAuthorizedResponse{}, emit(ctx, &credit.EventTransferAuthorized{
		Payer: payer, Nonce: hex.EncodeToString(msg.Nonce), Payee: payee, Amount: msg.Value.String(),
	})
}

// Hold is for the facilitator that the payer has named.
func (s msgServer) Hold(ctx context.Context, msg *credit.MsgHold) (*credit.MsgHoldResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	facilitator, _, err := s.address("facilitator", msg.Facilitator)
	if err != nil {
		return nil, err
	}
	from, _, err := s.address("from", msg.From)
	if err != nil {
		return nil, err
	}
	to, _, err := s.address("to", msg.To)
	if err != nil {
		return nil, err
	}
	hold, err := s.Keeper.Hold(ctx, credit.Permit{
		From: from, To: to, Facilitator: facilitator, Amount: msg.Amount, ValidAfter: msg.ValidAfter, Deadline: msg.Deadline,
		Nonce: msg.Nonce,
	}, msg.Signature)
	if err != nil {
		return nil, err
	}
	return &credit.MsgHoldResponse{}, emit(ctx, &credit.EventHeld{
		Payer: hold.Payer, Nonce: hex.EncodeToString(hold.Nonce), Payee: hold.Payee, Facilitator: hold.Facilitator,
		Amount: hold.Amount.String(), Deadline: hold.Deadline,
	})
}

// Settle is for the hold's facilitator.
func (s msgServer) Settle(ctx context.Context, msg *credit.MsgSettle) (*credit.MsgSettleResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	facilitator, _, err := s.address("facilitator", msg.Facilitator)
	if err != nil {
		return nil, err
	}
	payer, _, err := s.address("payer", msg.Payer)
	if err != nil {
		return nil, err
	}
	hold, err := s.Keeper.Settle(ctx, facilitator, payer, msg.Nonce, msg.Amount)
	if err != nil {
		return nil, err
	}
	return &credit.MsgSettleResponse{}, emit(ctx, settledEvent(hold, msg.Amount, false))
}

// Release is for the hold's payee and facilitator.
func (s msgServer) Release(ctx context.Context, msg *credit.MsgRelease) (*credit.MsgReleaseResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	sender, _, err := s.address("sender", msg.Sender)
	if err != nil {
		return nil, err
	}
	payer, _, err := s.address("payer", msg.Payer)
	if err != nil {
		return nil, err
	}
	hold, err := s.Keeper.Release(ctx, sender, payer, msg.Nonce)
	if err != nil {
		return nil, err
	}
	return &credit.MsgReleaseResponse{}, emit(ctx, settledEvent(hold, math.ZeroInt(), false))
}

// CancelAuthorization is for anyone: the payer has signed.
func (s msgServer) CancelAuthorization(
	ctx context.Context, msg *credit.MsgCancelAuthorization,
) (*credit.MsgCancelAuthorizationResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	authorizer, payer, err := s.address("authorizer", msg.Authorizer)
	if err != nil {
		return nil, err
	}
	if err := s.Keeper.CancelAuthorization(ctx, authorizer, msg.Nonce, msg.Signature); err != nil {
		return nil, err
	}
	return &credit.MsgCancelAuthorizationResponse{}, emit(ctx, &credit.EventAuthorizationCancelled{
		Payer: payer, Nonce: hex.EncodeToString(msg.Nonce),
	})
}

func settledEvent(h credit.Hold, paid math.Int, lapsed bool) proto.Message {
	return &credit.EventSettled{
		Payer: h.Payer, Nonce: hex.EncodeToString(h.Nonce), Payee: h.Payee, Paid: paid.String(),
		Refunded: h.Amount.Sub(paid).String(), Lapsed: lapsed,
	}
}
