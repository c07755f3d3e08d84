package arena

import (
	"github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterInterfaces makes the module's messages known to a codec.
func RegisterInterfaces(r types.InterfaceRegistry) {
	r.RegisterImplementations((*sdk.Msg)(nil),
		&MsgCreate{}, &MsgFund{}, &MsgClose{}, &MsgJoin{}, &MsgLeave{}, &MsgBond{}, &MsgUnbond{}, &MsgClaim{}, &MsgUpdateParams{},
		&MsgSeal{}, &MsgDeal{}, &MsgCommit{}, &MsgReveal{}, &MsgUnseal{}, &MsgChallenge{}, &MsgVote{})
	msgservice.RegisterMsgServiceDesc(r, &_Msg_serviceDesc)
}
