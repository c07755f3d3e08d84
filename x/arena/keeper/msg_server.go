package keeper

import (
	"context"

	"ayni.example/x/arena"
)

type msgServer struct{ *Keeper }

// NewMsgServer answers the module's messages.
func NewMsgServer(k *Keeper) arena.MsgServer { return msgServer{k} }

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

// Seal is for authors with a seat.
func (s msgServer) Seal(ctx context.Context, msg *arena.MsgSeal) (*arena.MsgSealResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &arena.MsgSealResponse{}, s.Keeper.Seal(ctx, msg)
}

// Deal is for the dealer.
func (s msgServer) Deal(ctx context.Context, msg *arena.MsgDeal) (*arena.MsgDealResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &arena.MsgDealResponse{}, s.Keeper.Deal(ctx, msg)
}

// Commit is for evaluators of the epoch.
func (s msgServer) Commit(ctx context.Context, msg *arena.MsgCommit) (*arena.MsgCommitResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &arena.MsgCommitResponse{}, s.Keeper.Commit(ctx, msg)
}

// Reveal is for who has committed.
func (s msgServer) Reveal(ctx context.Context, msg *arena.MsgReveal) (*arena.MsgRevealResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &arena.MsgRevealResponse{}, s.Keeper.Reveal(ctx, msg)
}

// Unseal is for who has sealed.
func (s msgServer) Unseal(ctx context.Context, msg *arena.MsgUnseal) (*arena.MsgUnsealResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &arena.MsgUnsealResponse{}, s.Keeper.Unseal(ctx, msg)
}

// Challenge is for members with a seat, against a bond.
func (s msgServer) Challenge(ctx context.Context, msg *arena.MsgChallenge) (*arena.MsgChallengeResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &arena.MsgChallengeResponse{}, s.Keeper.Challenge(ctx, msg)
}

// Vote is for evaluators drawn for it.
func (s msgServer) Vote(ctx context.Context, msg *arena.MsgVote) (*arena.MsgVoteResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &arena.MsgVoteResponse{}, s.Keeper.Vote(ctx, msg)
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
