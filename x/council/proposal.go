package council

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/internal/bound"
)

// SummaryMax bounds the text of a proposal.
const SummaryMax = 256

// Msgs are the messages, once their interfaces are unpacked.
func (p Proposal) Msgs() ([]sdk.Msg, error) {
	list := make([]sdk.Msg, 0, len(p.Messages))
	for i, packed := range p.Messages {
		msg, ok := packed.GetCachedValue().(sdk.Msg)
		if !ok {
			return nil, ErrMessage.Wrapf("message %d is of no type that this ledger knows", i)
		}
		list = append(list, msg)
	}
	return list, nil
}

// Validate checks the proposal without any state.
func (p Proposal) Validate() error {
	if err := checkSummary(p.Summary); err != nil {
		return err
	}
	switch {
	case p.Id == 0 || p.Proposer == "" || len(p.Messages) == 0:
		return ErrInvalid.Wrapf("proposal %d has no id, proposer or message", p.Id)
	case p.Status < ProposalOpen || p.Status > ProposalLapsed:
		return ErrInvalid.Wrapf("proposal %d has status %d", p.Id, p.Status)
	case (p.Status == ProposalOpen) != (p.ClosedHeight == 0):
		return ErrInvalid.Wrapf("proposal %d is open and closed at once", p.Id)
	}
	return nil
}

// Accepted tells whether over two thirds agree.
func Accepted(yes, total uint64) bool { return 3*yes > 2*total }

// Hopeless tells whether so many disagree that over two thirds can no longer agree.
func Hopeless(no, total uint64) bool { return 3*no >= total }

func checkSummary(summary string) error {
	if summary == "" {
		return ErrInvalid.Wrap("proposal has no summary")
	}
	if err := bound.Text("summary", summary, SummaryMax); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}
