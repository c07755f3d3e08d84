package council

import (
	"github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterInterfaces makes the module's messages known to a codec.
func RegisterInterfaces(r types.InterfaceRegistry) {
	r.RegisterImplementations((*sdk.Msg)(nil),
		&MsgPropose{}, &MsgVote{}, &MsgUpdateSeat{}, &MsgRotateKey{}, &MsgLeave{}, &MsgReturn{}, &MsgShareFees{}, &MsgAdmit{}, &MsgRemove{},
		&MsgSetPower{}, &MsgReinstate{}, &MsgReplaceOperator{}, &MsgUpdateParams{})
	msgservice.RegisterMsgServiceDesc(r, &_Msg_serviceDesc)
}

// UnpackInterfaces reads the messages inside.
func (m *MsgPropose) UnpackInterfaces(u types.AnyUnpacker) error { return unpack(u, m.Messages) }

// UnpackInterfaces reads the messages inside.
func (p Proposal) UnpackInterfaces(u types.AnyUnpacker) error { return unpack(u, p.Messages) }

// UnpackInterfaces reads the messages of the proposals.
func (g *GenesisState) UnpackInterfaces(u types.AnyUnpacker) error { return unpackAll(u, g.Proposals) }

// UnpackInterfaces reads the messages of the proposal.
func (r *QueryProposalResponse) UnpackInterfaces(u types.AnyUnpacker) error {
	return unpack(u, r.Proposal.Messages)
}

// UnpackInterfaces reads the messages of the proposals.
func (r *QueryProposalsResponse) UnpackInterfaces(u types.AnyUnpacker) error {
	return unpackAll(u, r.Proposals)
}

func unpackAll(u types.AnyUnpacker, proposals []Proposal) error {
	for _, p := range proposals {
		if err := unpack(u, p.Messages); err != nil {
			return err
		}
	}
	return nil
}

func unpack(u types.AnyUnpacker, messages []*types.Any) error {
	for _, m := range messages {
		var msg sdk.Msg
		if err := u.UnpackAny(m, &msg); err != nil {
			return err
		}
	}
	return nil
}
