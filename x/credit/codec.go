package credit

import (
	"github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterInterfaces makes the module's messages known to a codec.
func RegisterInterfaces(r types.InterfaceRegistry) {
	r.RegisterImplementations((*sdk.Msg)(nil),
		&MsgSetIssuer{}, &MsgUpdateParams{}, &MsgIssue{}, &MsgOpenChannel{}, &MsgTopUp{}, &MsgClaim{}, &MsgCloseChannel{},
		&MsgFinaliseChannel{}, &MsgTransferAuthorized{}, &MsgHold{}, &MsgSettle{}, &MsgRelease{}, &MsgCancelAuthorization{})
	msgservice.RegisterMsgServiceDesc(r, &_Msg_serviceDesc)
}
