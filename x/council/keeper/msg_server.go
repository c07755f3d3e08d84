package keeper

import (
	"context"

	"ayni.example/x/council"
)

type msgServer struct{ *Keeper }

// NewMsgServer answers the module's messages.
func NewMsgServer(k *Keeper) council.MsgServer { return msgServer{k} }

// Propose is for active seats.
func (s msgServer) Propose(ctx context.Context, msg *council.MsgPropose) (*council.MsgProposeResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	p, err := s.Keeper.Propose(ctx, msg)
	return &council.MsgProposeResponse{Proposal: p.Id, Status: p.Status}, err
}

// Vote is for active seats.
func (s msgServer) Vote(ctx context.Context, msg *council.MsgVote) (*council.MsgVoteResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	p, err := s.Keeper.Vote(ctx, msg)
	return &council.MsgVoteResponse{Status: p.Status}, err
}

// UpdateSeat is for the seat's operator.
func (s msgServer) UpdateSeat(ctx context.Context, msg *council.MsgUpdateSeat) (*council.MsgUpdateSeatResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &council.MsgUpdateSeatResponse{}, s.Keeper.UpdateSeat(ctx, msg.Operator, msg.Name, msg.Peer)
}

// RotateKey is for the seat's operator.
func (s msgServer) RotateKey(ctx context.Context, msg *council.MsgRotateKey) (*council.MsgRotateKeyResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &council.MsgRotateKeyResponse{}, s.Keeper.RotateKey(ctx, msg.Operator, msg.ConsensusKey, msg.Proof)
}

// Leave is for the seat's operator.
func (s msgServer) Leave(ctx context.Context, msg *council.MsgLeave) (*council.MsgLeaveResponse, error) {
	return &council.MsgLeaveResponse{}, s.Keeper.Remove(ctx, msg.Operator)
}

// Return is for the seat's operator.
func (s msgServer) Return(ctx context.Context, msg *council.MsgReturn) (*council.MsgReturnResponse, error) {
	return &council.MsgReturnResponse{}, s.Keeper.Return(ctx, msg.Operator)
}

// ShareFees is for anyone.
func (s msgServer) ShareFees(ctx context.Context, _ *council.MsgShareFees) (*council.MsgShareFeesResponse, error) {
	shared, err := s.Keeper.ShareFees(ctx)
	return &council.MsgShareFeesResponse{Shared: shared}, err
}

// Admit is for the council alone.
func (s msgServer) Admit(ctx context.Context, msg *council.MsgAdmit) (*council.MsgAdmitResponse, error) {
	if err := s.check(msg, msg.Authority); err != nil {
		return nil, err
	}
	return &council.MsgAdmitResponse{}, s.Keeper.Admit(ctx, msg)
}

// Remove is for the council alone.
func (s msgServer) Remove(ctx context.Context, msg *council.MsgRemove) (*council.MsgRemoveResponse, error) {
	if err := s.checkCouncil(msg.Authority); err != nil {
		return nil, err
	}
	return &council.MsgRemoveResponse{}, s.Keeper.Remove(ctx, msg.Operator)
}

// SetPower is for the council alone.
func (s msgServer) SetPower(ctx context.Context, msg *council.MsgSetPower) (*council.MsgSetPowerResponse, error) {
	if err := s.check(msg, msg.Authority); err != nil {
		return nil, err
	}
	return &council.MsgSetPowerResponse{}, s.Keeper.SetPower(ctx, msg.Operator, msg.Power)
}

// Reinstate is for the council alone.
func (s msgServer) Reinstate(ctx context.Context, msg *council.MsgReinstate) (*council.MsgReinstateResponse, error) {
	if err := s.check(msg, msg.Authority); err != nil {
		return nil, err
	}
	return &council.MsgReinstateResponse{}, s.Keeper.Reinstate(ctx, msg.Operator, msg.ConsensusKey, msg.Proof)
}

// ReplaceOperator is for the council alone.
func (s msgServer) ReplaceOperator(
	ctx context.Context, msg *council.MsgReplaceOperator,
) (*council.MsgReplaceOperatorResponse, error) {
	if err := s.checkCouncil(msg.Authority); err != nil {
		return nil, err
	}
	return &council.MsgReplaceOperatorResponse{}, s.Keeper.ReplaceOperator(ctx, msg.Operator, msg.Successor)
}

// UpdateParams is for the council alone.
func (s msgServer) UpdateParams(ctx context.Context, msg *council.MsgUpdateParams) (*council.MsgUpdateParamsResponse, error) {
	if err := s.check(msg, msg.Authority); err != nil {
		return nil, err
	}
	return &council.MsgUpdateParamsResponse{}, s.Params.Set(ctx, msg.Params)
}

// check looks at a message's form, and at its sender.
func (s msgServer) check(msg interface{ ValidateBasic() error }, authority string) error {
	if err := msg.ValidateBasic(); err != nil {
		return err
	}
	return s.checkCouncil(authority)
}
