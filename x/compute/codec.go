package compute

import (
	"github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterInterfaces makes the module's messages known to a codec.
func RegisterInterfaces(r types.InterfaceRegistry) {
	r.RegisterImplementations((*sdk.Msg)(nil), &MsgAnnounce{}, &MsgPlaceOrder{}, &MsgDeposit{}, &MsgBids{}, &MsgDecline{},
		&MsgChoose{}, &MsgStart{}, &MsgSettle{}, &MsgDeliver{}, &MsgApprove{}, &MsgReject{}, &MsgCommit{}, &MsgReclaim{},
		&MsgCloseLease{}, &MsgCloseOrder{}, &MsgUpdateParams{})
	msgservice.RegisterMsgServiceDesc(r, &_Msg_serviceDesc)
}
