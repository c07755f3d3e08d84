package keeper

import (
	"context"
	"encoding/binary"
	"errors"

	"cosmossdk.io/collections"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/council"
	"ayni.example/x/schedule"
)

// Propose opens a proposal with its proposer's vote for it; a council of one has decided with that.
func (k *Keeper) Propose(ctx context.Context, msg *council.MsgPropose) (council.Proposal, error) {
	var none council.Proposal
	account, seat, err := k.voter(ctx, msg.Proposer)
	if err != nil {
		return none, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return none, err
	}
	if err := k.checkMessages(msg.Messages, params); err != nil {
		return none, err
	}
	if err := k.checkOpen(ctx, account, params.OpenMax); err != nil {
		return none, err
	}
	made, err := k.Made.Get(ctx)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return none, err
	}
	if err := k.Made.Set(ctx, made+1); err != nil {
		return none, err
	}
	block := sdk.UnwrapSDKContext(ctx)
	lapse := schedule.After(block.BlockHeight(), block.BlockTime(), params.VotingBlocks, params.VotingSeconds)
	p := council.Proposal{
		Id: made + 1, Proposer: seat.Operator, Summary: msg.Summary, Messages: msg.Messages, Status: council.ProposalOpen,
		OpenedHeight: block.BlockHeight(), OpenedTime: block.BlockTime().Unix(),
		LapsesHeight: lapse.Height, LapsesTime: lapse.Time,
	}
	if err := k.Open.Set(ctx, collections.Join(account, p.Id)); err != nil {
		return none, err
	}
	if err := emit(ctx, &council.EventProposed{Proposal: p.Id, Proposer: p.Proposer, Summary: p.Summary}); err != nil {
		return none, err
	}
	p, err = k.cast(ctx, p, account, council.Vote{Proposal: p.Id, Voter: seat.Operator, Yes: true, Height: p.OpenedHeight})
	if err != nil || p.Status != council.ProposalOpen {
		return p, err
	}
	return p, k.cfg.Schedule.Schedule(ctx, council.KindLapse, lapseName(p.Id), lapse)
}

// Vote says yes or no, or changes it, or says it again, upon which the votes are counted with the seats as they are now.
func (k *Keeper) Vote(ctx context.Context, msg *council.MsgVote) (council.Proposal, error) {
	var none council.Proposal
	account, seat, err := k.voter(ctx, msg.Voter)
	if err != nil {
		return none, err
	}
	p, err := k.proposal(ctx, msg.Proposal)
	if err != nil {
		return none, err
	}
	if p.Status != council.ProposalOpen {
		return none, council.ErrStatus.Wrapf("proposal %d is closed", p.Id)
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	return k.cast(ctx, p, account, council.Vote{Proposal: p.Id, Voter: seat.Operator, Yes: msg.Yes, Height: height})
}

// cast stores a vote, and closes the proposal where that decides it.
func (k *Keeper) cast(ctx context.Context, p council.Proposal, account []byte, v council.Vote) (council.Proposal, error) {
	if err := k.Votes.Set(ctx, collections.Join(p.Id, account), v); err != nil {
		return p, err
	}
	if err := emit(ctx, &council.EventVoted{Proposal: v.Proposal, Voter: v.Voter, Yes: v.Yes}); err != nil {
		return p, err
	}
	count, err := k.tally(ctx, p.Id)
	if err != nil {
		return p, err
	}
	switch {
	case council.Accepted(count.yes, count.total):
		p, err = k.execute(sdk.UnwrapSDKContext(ctx), p) //nolint:contextcheck // the context, in the form that the ledger gives it
		if err != nil {
			return p, err
		}
	case council.Hopeless(count.no, count.total):
		p.Status = council.ProposalRejected
	default:
		return p, k.Proposals.Set(ctx, p.Id, p)
	}
	if err := k.cfg.Schedule.Cancel(ctx, council.KindLapse, lapseName(p.Id)); err != nil && !errors.Is(err, schedule.ErrNotFound) {
		return p, err
	}
	return p, k.close(ctx, p)
}

// close stores a proposal that is decided.
func (k *Keeper) close(ctx context.Context, p council.Proposal) error {
	proposer, _, err := k.address("proposer", p.Proposer)
	if err != nil {
		return err
	}
	if err := k.Open.Remove(ctx, collections.Join(proposer, p.Id)); err != nil {
		return err
	}
	p.ClosedHeight = sdk.UnwrapSDKContext(ctx).BlockHeight()
	if err := k.Proposals.Set(ctx, p.Id, p); err != nil {
		return err
	}
	return emit(ctx, &council.EventClosed{Proposal: p.Id, Status: p.Status, Codespace: p.Codespace, Code: p.Code})
}

// lapse closes a proposal that was open for too long.
func (k *Keeper) lapse(ctx context.Context, due schedule.Due) error {
	p, err := k.proposal(ctx, binary.BigEndian.Uint64(due.Item.Name))
	if err != nil || p.Status != council.ProposalOpen {
		return err
	}
	p.Status = council.ProposalLapsed
	return k.close(ctx, p)
}

// count is how votes stand, in power of the active seats.
type count struct{ yes, no, total uint64 }

// tally counts the votes with the seats as they are now. A vote counts only for the seat that its voter held then.
func (k *Keeper) tally(ctx context.Context, id uint64) (count, error) {
	votes := map[string]council.Vote{}
	if err := k.Votes.Walk(ctx, collections.NewPrefixedPairRange[uint64, []byte](id),
		func(at ballot, v council.Vote) (bool, error) {
			votes[string(at.K2())] = v
			return false, nil
		}); err != nil {
		return count{}, err
	}
	var c count
	return c, k.ByAccount.Walk(ctx, nil, func(account []byte, s council.Seat) (bool, error) {
		if !s.Active() {
			return false, nil
		}
		c.total += s.Power
		switch v, ok := votes[string(account)]; {
		case !ok || v.Height < s.SinceHeight:
		case v.Yes:
			c.yes += s.Power
		default:
			c.no += s.Power
		}
		return false, nil
	})
}

// voter is the active seat of an account.
func (k *Keeper) voter(ctx context.Context, text string) ([]byte, council.Seat, error) {
	account, operator, err := k.address("voter", text)
	if err != nil {
		return nil, council.Seat{}, err
	}
	seat, err := k.seat(ctx, account)
	if errors.Is(err, council.ErrNotFound) {
		return nil, seat, council.ErrUnauthorised.Wrapf("%s has no seat", operator)
	}
	if err == nil && !seat.Active() {
		err = council.ErrStatus.Wrapf("seat of %s is jailed", operator)
	}
	return account, seat, err
}

func (k *Keeper) proposal(ctx context.Context, id uint64) (council.Proposal, error) {
	p, err := k.Proposals.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return p, council.ErrNotFound.Wrapf("proposal %d", id)
	}
	return p, err
}

// checkOpen bounds how many proposals of one seat are open.
func (k *Keeper) checkOpen(ctx context.Context, proposer []byte, most uint32) error {
	open := uint32(0)
	if err := k.Open.Walk(ctx, collections.NewPrefixedPairRange[[]byte, uint64](proposer),
		func(collections.Pair[[]byte, uint64]) (bool, error) {
			open++
			return open >= most, nil
		}); err != nil {
		return err
	}
	if open >= most {
		return council.ErrFull.Wrapf("%d proposals of this seat are open", open)
	}
	return nil
}

// checkMessages takes what the council alone signs, in bounded number and size. What a proposal holds cannot propose or vote:
// the council has no seat in itself.
func (k *Keeper) checkMessages(packed []*codectypes.Any, params council.Params) error {
	if len(packed) > int(params.MessagesMax) {
		return council.ErrFull.Wrapf("%d messages, more than %d", len(packed), params.MessagesMax)
	}
	size := 0
	for i, one := range packed {
		size += len(one.TypeUrl) + len(one.Value)
		msg, ok := one.GetCachedValue().(sdk.Msg)
		if !ok || k.cfg.Router.Handler(msg) == nil {
			return council.ErrMessage.Wrapf("message %d: this ledger does not know %q", i, one.TypeUrl)
		}
		if form, ok := msg.(sdk.HasValidateBasic); ok {
			if err := form.ValidateBasic(); err != nil {
				return council.ErrMessage.Wrapf("message %d: %s", i, err)
			}
		}
		signers, _, err := k.cfg.Codec.GetMsgV1Signers(msg)
		if err != nil {
			return council.ErrMessage.Wrapf("message %d: %s", i, err)
		}
		if len(signers) != 1 || string(signers[0]) != string(k.authority) {
			return council.ErrMessage.Wrapf("message %d is not the council's to sign", i)
		}
		switch msg.(type) {
		case *council.MsgPropose, *council.MsgVote:
			return council.ErrMessage.Wrapf("message %d: the council has no seat in itself", i)
		}
	}
	if size > int(params.BytesMax) {
		return council.ErrFull.Wrapf("%d bytes of messages, more than %d", size, params.BytesMax)
	}
	return nil
}

func lapseName(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }
