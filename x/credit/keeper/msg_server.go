package keeper

import (
	"context"
	"encoding/hex"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"

	"ayni.example/x/credit"
)

type msgServer struct{ *Keeper }

// NewMsgServer answers the module's messages.
func NewMsgServer(k *Keeper) credit.MsgServer { return msgServer{k} }

// SetIssuer is for the admin alone.
func (s msgServer) SetIssuer(ctx context.Context, msg *credit.MsgSetIssuer) (*credit.MsgSetIssuerResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if err := s.checkAdmin(ctx, msg.Admin); err != nil {
		return nil, err
	}
	return &credit.MsgSetIssuerResponse{}, s.Keeper.SetIssuer(ctx, msg.Issuer, msg.Quota, msg.PeriodSeconds)
}

// UpdateParams is for the admin alone.
func (s msgServer) UpdateParams(ctx context.Context, msg *credit.MsgUpdateParams) (*credit.MsgUpdateParamsResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if err := s.checkAdmin(ctx, msg.Admin); err != nil {
		return nil, err
	}
	return &credit.MsgUpdateParamsResponse{}, s.Keeper.UpdateParams(ctx, msg.Params)
}

// Issue is for issuers.
func (s msgServer) Issue(ctx context.Context, msg *credit.MsgIssue) (*credit.MsgIssueResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	issuer, issuerText, err := s.address("issuer", msg.Issuer)
	if err != nil {
		return nil, err
	}
	recipient, recipientText, err := s.address("recipient", msg.Recipient)
	if err != nil {
		return nil, err
	}
	if err := s.Keeper.Issue(ctx, issuer, recipient, msg.Amount); err != nil {
		return nil, err
	}
	return &credit.MsgIssueResponse{}, emit(ctx, &credit.EventIssued{
		Issuer: issuerText, Recipient: recipientText, Amount: msg.Amount.String(),
	})
}

// OpenChannel is for anyone who has the deposit.
func (s msgServer) OpenChannel(ctx context.Context, msg *credit.MsgOpenChannel) (*credit.MsgOpenChannelResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	channel, err := s.Keeper.OpenChannel(ctx, msg)
	if err != nil {
		return nil, err
	}
	return &credit.MsgOpenChannelResponse{Channel: channel.Id}, emit(ctx, &credit.EventChannelOpened{
		Channel: hex.EncodeToString(channel.Id), Payer: channel.Payer, Payee: channel.Payee, Deposit: channel.Deposit.String(),
	})
}

// TopUp is for the channel's payer.
func (s msgServer) TopUp(ctx context.Context, msg *credit.MsgTopUp) (*credit.MsgTopUpResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	payer, _, err := s.address("payer", msg.Payer)
	if err != nil {
		return nil, err
	}
	channel, err := s.Keeper.TopUp(ctx, payer, msg.Channel, msg.Amount)
	if err != nil {
		return nil, err
	}
	return &credit.MsgTopUpResponse{}, emit(ctx, &credit.EventChannelToppedUp{
		Channel: hex.EncodeToString(channel.Id), Deposit: channel.Deposit.String(), Payer: channel.Payer, Payee: channel.Payee,
	})
}

// Claim is for anyone: the vouchers say who is paid.
func (s msgServer) Claim(ctx context.Context, msg *credit.MsgClaim) (*credit.MsgClaimResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	payments, err := s.Keeper.Claim(ctx, msg.Vouchers)
	if err != nil {
		return nil, err
	}
	sum := math.ZeroInt()
	for _, p := range payments {
		sum = sum.Add(p.Paid)
		if err := emit(ctx, claimEvent(p)); err != nil {
			return nil, err
		}
	}
	return &credit.MsgClaimResponse{Paid: sum}, nil
}

// CloseChannel is for the channel's payer and payee.
func (s msgServer) CloseChannel(ctx context.Context, msg *credit.MsgCloseChannel) (*credit.MsgCloseChannelResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	sender, _, err := s.address("sender", msg.Sender)
	if err != nil {
		return nil, err
	}
	channel, err := s.Keeper.CloseChannel(ctx, sender, msg.Channel)
	if err != nil {
		return nil, err
	}
	return &credit.MsgCloseChannelResponse{}, emit(ctx, closeEvent(channel))
}

// FinaliseChannel is for anyone.
func (s msgServer) FinaliseChannel(
	ctx context.Context, msg *credit.MsgFinaliseChannel,
) (*credit.MsgFinaliseChannelResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	channel, err := s.Keeper.FinaliseChannel(ctx, msg.Channel)
	if err != nil {
		return nil, err
	}
	return &credit.MsgFinaliseChannelResponse{}, emit(ctx, closeEvent(channel))
}

func claimEvent(p Payment) proto.Message {
	e := &credit.EventClaimed{
		Channel: hex.EncodeToString(p.Lane.Channel), Lane: p.Lane.Lane, Paid: p.Paid.String(),
		Cumulative: p.Lane.Cumulative.String(), Head: hex.EncodeToString(p.Lane.Head), Payer: p.Payer, Payee: p.Payee,
	}
	if len(p.Lane.Model) > 0 {
		e.Model, e.Cut = hex.EncodeToString(p.Lane.Model), p.Cut.String()
	}
	return e
}

func closeEvent(c credit.Channel) proto.Message {
	id := hex.EncodeToString(c.Id)
	if c.State == credit.ChannelClosing {
		return &credit.EventChannelClosing{Channel: id, ClosesHeight: c.ClosesHeight, ClosesTime: c.ClosesTime, Payer: c.Payer, Payee: c.Payee}
	}
	return &credit.EventChannelClosed{Channel: id, Refunded: c.Remaining().String(), Payer: c.Payer, Payee: c.Payee}
}

func emit(ctx context.Context, event proto.Message) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}
