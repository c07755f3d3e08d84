package agent

import (
	"github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterInterfaces makes the module's messages known to a codec.
func RegisterInterfaces(r types.InterfaceRegistry) {
	r.RegisterImplementations((*sdk.Msg)(nil),
		&MsgCreate{}, &MsgAmend{}, &MsgWithdraw{}, &MsgTransferOwner{}, &MsgVeto{}, &MsgDecide{}, &MsgPause{}, &MsgResume{}, &MsgKill{},
		&MsgFund{}, &MsgWake{}, &MsgHost{}, &MsgLeave{}, &MsgTake{}, &MsgAct{}, &MsgReserve{}, &MsgCancel{}, &MsgUpdateParams{})
	msgservice.RegisterMsgServiceDesc(r, &_Msg_serviceDesc)
}
