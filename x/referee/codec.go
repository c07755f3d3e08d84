package referee

import (
	"github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterInterfaces makes the module's messages known to a codec.
func RegisterInterfaces(r types.InterfaceRegistry) {
	r.RegisterImplementations((*sdk.Msg)(nil),
		&MsgEnlist{}, &MsgRetire{}, &MsgReport{}, &MsgChallenge{}, &MsgShow{}, &MsgPoint{}, &MsgProve{}, &MsgAsk{}, &MsgAnswer{},
		&MsgSettle{}, &MsgUpdateParams{})
	msgservice.RegisterMsgServiceDesc(r, &_Msg_serviceDesc)
}
