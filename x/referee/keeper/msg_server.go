package keeper

import (
	"context"

	"ayni.example/x/referee"
)

type msgServer struct{ *Keeper }

// NewMsgServer answers the module's messages.
func NewMsgServer(k *Keeper) referee.MsgServer { return msgServer{k} }

// Enlist is for anyone, from own money.
func (s msgServer) Enlist(ctx context.Context, msg *referee.MsgEnlist) (*referee.MsgEnlistResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &referee.MsgEnlistResponse{}, s.Keeper.Enlist(ctx, msg)
}

// Retire is for auditors.
func (s msgServer) Retire(ctx context.Context, msg *referee.MsgRetire) (*referee.MsgRetireResponse, error) {
	return &referee.MsgRetireResponse{}, s.Keeper.Retire(ctx, msg)
}

// Report is for the auditor who was drawn.
func (s msgServer) Report(ctx context.Context, msg *referee.MsgReport) (*referee.MsgReportResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &referee.MsgReportResponse{}, s.Keeper.Report(ctx, msg)
}

// Challenge is for anyone but the defender, from own money.
func (s msgServer) Challenge(ctx context.Context, msg *referee.MsgChallenge) (*referee.MsgChallengeResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	waiting, err := s.Keeper.Challenge(ctx, msg)
	return &referee.MsgChallengeResponse{Waiting: waiting}, err
}

// Show is for the defender, in its turn.
func (s msgServer) Show(ctx context.Context, msg *referee.MsgShow) (*referee.MsgShowResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &referee.MsgShowResponse{}, s.Keeper.Show(ctx, msg)
}

// Point is for the challenger, in its turn.
func (s msgServer) Point(ctx context.Context, msg *referee.MsgPoint) (*referee.MsgPointResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &referee.MsgPointResponse{}, s.Keeper.Point(ctx, msg)
}

// Prove is for the defender, in its last turn.
func (s msgServer) Prove(ctx context.Context, msg *referee.MsgProve) (*referee.MsgProveResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	holds, err := s.Keeper.Prove(ctx, msg)
	return &referee.MsgProveResponse{Holds: holds}, err
}

// Ask is for anyone but the defender, from own money.
func (s msgServer) Ask(ctx context.Context, msg *referee.MsgAsk) (*referee.MsgAskResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &referee.MsgAskResponse{}, s.Keeper.Ask(ctx, msg)
}

// Answer is for anyone who has the tile.
func (s msgServer) Answer(ctx context.Context, msg *referee.MsgAnswer) (*referee.MsgAnswerResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &referee.MsgAnswerResponse{}, s.Keeper.Answer(ctx, msg)
}

// Settle is for anyone.
func (s msgServer) Settle(ctx context.Context, msg *referee.MsgSettle) (*referee.MsgSettleResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if _, _, err := s.address("sender", msg.Sender); err != nil {
		return nil, err
	}
	return &referee.MsgSettleResponse{}, s.Keeper.Settle(ctx, msg)
}

// UpdateParams is for the council.
func (s msgServer) UpdateParams(ctx context.Context, msg *referee.MsgUpdateParams) (*referee.MsgUpdateParamsResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	_, sender, err := s.address("authority", msg.Authority)
	if err != nil {
		return nil, err
	}
	if sender != s.authority {
		return nil, referee.ErrUnauthorised.Wrapf("%s is not the council", sender)
	}
	return &referee.MsgUpdateParamsResponse{}, s.Params.Set(ctx, msg.Params)
}
