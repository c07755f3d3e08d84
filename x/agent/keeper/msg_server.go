package keeper

import (
	"context"

	"ayni.example/x/agent"
)

type msgServer struct{ *Keeper }

// NewMsgServer answers the module's messages.
func NewMsgServer(k *Keeper) agent.MsgServer { return msgServer{k} }

// Create is for anyone, who becomes the owner.
func (s msgServer) Create(ctx context.Context, msg *agent.MsgCreate) (*agent.MsgCreateResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return s.Keeper.Create(ctx, msg)
}

// Amend is for the owner.
func (s msgServer) Amend(ctx context.Context, msg *agent.MsgAmend) (*agent.MsgAmendResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	number, err := s.Keeper.Amend(ctx, msg)
	return &agent.MsgAmendResponse{Change: number}, err
}

// Withdraw is for the owner.
func (s msgServer) Withdraw(ctx context.Context, msg *agent.MsgWithdraw) (*agent.MsgWithdrawResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	number, err := s.Keeper.Withdraw(ctx, msg)
	return &agent.MsgWithdrawResponse{Change: number}, err
}

// TransferOwner is for the owner.
func (s msgServer) TransferOwner(ctx context.Context, msg *agent.MsgTransferOwner) (*agent.MsgTransferOwnerResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	number, err := s.Keeper.TransferOwner(ctx, msg)
	return &agent.MsgTransferOwnerResponse{Change: number}, err
}

// Veto is for guardian and owner.
func (s msgServer) Veto(ctx context.Context, msg *agent.MsgVeto) (*agent.MsgVetoResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &agent.MsgVetoResponse{}, s.Keeper.Veto(ctx, msg)
}

// Decide is for the owner, and for refusals the guardian.
func (s msgServer) Decide(ctx context.Context, msg *agent.MsgDecide) (*agent.MsgDecideResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &agent.MsgDecideResponse{}, s.Keeper.Decide(ctx, msg)
}

// Pause is for owner and guardian.
func (s msgServer) Pause(ctx context.Context, msg *agent.MsgPause) (*agent.MsgPauseResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &agent.MsgPauseResponse{}, s.Keeper.Pause(ctx, msg)
}

// Resume is for whoever paused it.
func (s msgServer) Resume(ctx context.Context, msg *agent.MsgResume) (*agent.MsgResumeResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &agent.MsgResumeResponse{}, s.Keeper.Resume(ctx, msg)
}

// Kill is for owner and guardian.
func (s msgServer) Kill(ctx context.Context, msg *agent.MsgKill) (*agent.MsgKillResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &agent.MsgKillResponse{}, s.Keeper.Kill(ctx, msg)
}

// Fund is for anyone, from own money.
func (s msgServer) Fund(ctx context.Context, msg *agent.MsgFund) (*agent.MsgFundResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	number, err := s.Keeper.Fund(ctx, msg)
	return &agent.MsgFundResponse{Wake: number}, err
}

// Wake is for the owner, those whom the charter names, and anyone who pays where it says so.
func (s msgServer) Wake(ctx context.Context, msg *agent.MsgWake) (*agent.MsgWakeResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	number, err := s.Keeper.Wake(ctx, msg)
	return &agent.MsgWakeResponse{Wake: number}, err
}

// Host is for active providers.
func (s msgServer) Host(ctx context.Context, msg *agent.MsgHost) (*agent.MsgHostResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &agent.MsgHostResponse{}, s.Keeper.Host(ctx, msg)
}

// Leave is for a host.
func (s msgServer) Leave(ctx context.Context, msg *agent.MsgLeave) (*agent.MsgLeaveResponse, error) {
	return &agent.MsgLeaveResponse{}, s.Keeper.Leave(ctx, msg)
}

// Take is for the host of the lease, or any that may host where it has none.
func (s msgServer) Take(ctx context.Context, msg *agent.MsgTake) (*agent.MsgTakeResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	number, err := s.Keeper.Take(ctx, msg)
	return &agent.MsgTakeResponse{Epoch: number}, err
}

// Act is for anyone who carries what the session key has signed.
func (s msgServer) Act(ctx context.Context, msg *agent.MsgAct) (*agent.MsgActResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return s.Keeper.Act(ctx, msg)
}

// Reserve is for anyone who carries what the session key has signed.
func (s msgServer) Reserve(ctx context.Context, msg *agent.MsgReserve) (*agent.MsgReserveResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return s.Keeper.Reserve(ctx, msg)
}

// Cancel is for anyone who carries what the session key has signed.
func (s msgServer) Cancel(ctx context.Context, msg *agent.MsgCancel) (*agent.MsgCancelResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &agent.MsgCancelResponse{}, s.Keeper.Cancel(ctx, msg)
}

// UpdateParams is for the council.
func (s msgServer) UpdateParams(ctx context.Context, msg *agent.MsgUpdateParams) (*agent.MsgUpdateParamsResponse, error) {
	_, text, err := s.address("authority", msg.Authority)
	if err != nil {
		return nil, err
	}
	if text != s.authority {
		return nil, agent.ErrUnauthorised.Wrapf("%s is not the council", text)
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &agent.MsgUpdateParamsResponse{}, s.Params.Set(ctx, msg.Params)
}
