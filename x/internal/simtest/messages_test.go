package simtest_test

import (
	"slices"
	"strings"
	"testing"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"

	"ayni.example/x/agent"
	"ayni.example/x/arena"
	"ayni.example/x/artifact"
	"ayni.example/x/beacon"
	"ayni.example/x/compute"
	"ayni.example/x/council"
	"ayni.example/x/credit"
	"ayni.example/x/fee"
	"ayni.example/x/inference"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/payout"
	"ayni.example/x/provenance"
	"ayni.example/x/provider"
	"ayni.example/x/referee"
	"ayni.example/x/zkml"
)

// senders lists every message with who may send it: a new message fails the test until it is placed here, and the keepers'
// tests must hold its unauthorised senders.
func senders(who string) []struct {
	msg sdk.Msg
	may string
} {
	return []struct {
		msg sdk.Msg
		may string
	}{
		{&agent.MsgCreate{Sender: who}, "anyone, from own money; becomes the owner"},
		{&agent.MsgAmend{Sender: who}, "owner"},
		{&agent.MsgWithdraw{Sender: who}, "owner"},
		{&agent.MsgTransferOwner{Sender: who}, "owner"},
		{&agent.MsgVeto{Sender: who}, "guardian and owner"},
		{&agent.MsgDecide{Sender: who}, "owner; guardian, to refuse"},
		{&agent.MsgPause{Sender: who}, "owner and guardian"},
		{&agent.MsgResume{Sender: who}, "whoever paused it"},
		{&agent.MsgKill{Sender: who}, "owner and guardian"},
		{&agent.MsgFund{Sender: who}, "anyone, from own money"},
		{&agent.MsgWake{Sender: who}, "owner, wakers of the charter, anyone who pays where it says so"},
		{&agent.MsgHost{Host: who}, "active providers"},
		{&agent.MsgLeave{Host: who}, "registered hosts"},
		{&agent.MsgTake{Host: who}, "host of the lease, or any allowed one where it has none"},
		{&agent.MsgAct{Carrier: who}, "anyone who carries what the session key signed"},
		{&agent.MsgReserve{Carrier: who}, "anyone who carries what the session key signed"},
		{&agent.MsgCancel{Carrier: who}, "anyone who carries what the session key signed"},
		{&agent.MsgUpdateParams{Authority: who}, "council"},
		{&arena.MsgCreate{Sender: who}, "anyone, from own money; becomes the owner"},
		{&arena.MsgFund{Sender: who}, "anyone, from own money"},
		{&arena.MsgClose{Sender: who}, "owner"},
		{&arena.MsgJoin{Sender: who}, "anyone, from own money"},
		{&arena.MsgLeave{Sender: who}, "members with a seat"},
		{&arena.MsgBond{Sender: who}, "anyone on evaluators, other members on themselves, from own money"},
		{&arena.MsgUnbond{Sender: who}, "whoever has staked there"},
		{&arena.MsgClaim{Sender: who}, "whoever has earned there, or sponsored what is closed"},
		{&arena.MsgSeal{Sender: who}, "authors with a seat"},
		{&arena.MsgDeal{Sender: who}, "dealer of the arena"},
		{&arena.MsgCommit{Sender: who}, "evaluators of the epoch"},
		{&arena.MsgReveal{Sender: who}, "whoever has committed"},
		{&arena.MsgUnseal{Sender: who}, "whoever has sealed"},
		{&arena.MsgChallenge{Sender: who}, "members with a seat, from own money"},
		{&arena.MsgVote{Sender: who}, "evaluators drawn for the challenge"},
		{&arena.MsgUpdateParams{Authority: who}, "council"},
		{&artifact.MsgPledge{Holder: who}, "registered providers, from own money"},
		{&artifact.MsgExtend{Holder: who}, "holder of the pledge"},
		{&artifact.MsgRelease{Holder: who}, "holder of the pledge, when it is due"},
		{&artifact.MsgChallenge{Challenger: who}, "anyone, from own money"},
		{&artifact.MsgAnswer{Sender: who}, "anyone who has the leaf"},
		{&artifact.MsgUpdateParams{Authority: who}, "council"},
		{&beacon.MsgRegisterKey{Operator: who}, "operators of active seats"},
		{&beacon.MsgRequest{Sender: who}, "anyone who pays the gas of a round"},
		{&beacon.MsgUpdateParams{Authority: who}, "council"},
		{&credit.MsgSetIssuer{Admin: who}, "admin"},
		{&credit.MsgUpdateParams{Admin: who}, "admin"},
		{&credit.MsgIssue{Issuer: who}, "issuers within their quota"},
		{&credit.MsgOpenChannel{Payer: who}, "anyone, from own money"},
		{&credit.MsgTopUp{Payer: who}, "payer of the channel"},
		{&credit.MsgClaim{Claimer: who}, "anyone: the vouchers are signed"},
		{&credit.MsgCloseChannel{Sender: who}, "payer and payee of the channel"},
		{&credit.MsgFinaliseChannel{Sender: who}, "anyone, when it is due"},
		{&credit.MsgTransferAuthorized{Carrier: who}, "anyone: the payer has signed"},
		{&credit.MsgHold{Facilitator: who}, "the facilitator that the payer has named"},
		{&credit.MsgSettle{Facilitator: who}, "facilitator of the hold"},
		{&credit.MsgRelease{Sender: who}, "payee and facilitator of the hold"},
		{&credit.MsgCancelAuthorization{Carrier: who}, "anyone: the payer has signed"},
		{&fee.MsgSetQuota{Admin: who}, "admin"},
		{&fee.MsgUpdateParams{Admin: who}, "admin"},
		{&provider.MsgRegister{Address: who}, "anyone, from own money"},
		{&provider.MsgUpdate{Address: who}, "provider"},
		{&provider.MsgSuspend{Sender: who}, "provider, admin"},
		{&provider.MsgResume{Sender: who}, "provider or admin, whoever suspended"},
		{&provider.MsgLeave{Address: who}, "provider"},
		{&provider.MsgWithdraw{Address: who}, "provider, when it is due"},
		{&inference.MsgRegisterModel{Registrant: who}, "anyone"},
		{&inference.MsgSetOffer{Provider: who}, "active providers"},
		{&inference.MsgRemoveOffer{Provider: who}, "provider of the offer"},
		{&council.MsgPropose{Proposer: who}, "active seats"},
		{&council.MsgVote{Voter: who}, "active seats"},
		{&council.MsgUpdateSeat{Operator: who}, "operator of the seat"},
		{&council.MsgRotateKey{Operator: who}, "operator of the seat"},
		{&council.MsgLeave{Operator: who}, "operator of the seat"},
		{&council.MsgReturn{Operator: who}, "operator of the seat, when it is due"},
		{&council.MsgShareFees{Sender: who}, "anyone: the seats are paid"},
		{&council.MsgAdmit{Authority: who}, "council"},
		{&council.MsgRemove{Authority: who}, "council"},
		{&council.MsgSetPower{Authority: who}, "council"},
		{&council.MsgReinstate{Authority: who}, "council"},
		{&council.MsgReplaceOperator{Authority: who}, "council"},
		{&council.MsgUpdateParams{Authority: who}, "council"},
		{&zkml.MsgRegisterModel{Owner: who}, "anyone"},
		{&zkml.MsgUpdateModel{Owner: who}, "owner of the model"},
		{&zkml.MsgSubmitProof{Submitter: who}, "whom the proof names"},
		{&zkml.MsgUpdateParams{Authority: who}, "council"},
		{&payout.MsgPromise{Payer: who}, "anyone, from own money"},
		{&payout.MsgCollect{Beneficiary: who}, "beneficiary of the promise"},
		{&payout.MsgReturn{Sender: who}, "anyone, when it is due"},
		{&payout.MsgUpdateParams{Authority: who}, "council"},
		{&referee.MsgEnlist{Auditor: who}, "anyone, from own money"},
		{&referee.MsgRetire{Auditor: who}, "auditor"},
		{&referee.MsgReport{Auditor: who}, "auditor drawn for the claim"},
		{&referee.MsgChallenge{Challenger: who}, "anyone but the defender, from own money"},
		{&referee.MsgShow{Defender: who}, "defender of the claim"},
		{&referee.MsgPoint{Challenger: who}, "challenger of the dispute that runs"},
		{&referee.MsgProve{Defender: who}, "defender of the claim"},
		{&referee.MsgAsk{Asker: who}, "anyone but the defender, from own money"},
		{&referee.MsgAnswer{Sender: who}, "anyone who has the tile"},
		{&referee.MsgSettle{Sender: who}, "anyone, when it is overdue"},
		{&referee.MsgUpdateParams{Authority: who}, "council"},
		{&compute.MsgAnnounce{Provider: who}, "registered providers"},
		{&compute.MsgPlaceOrder{Tenant: who}, "anyone, from own money"},
		{&compute.MsgDeposit{Sender: who}, "anyone, from own money"},
		{&compute.MsgBids{Provider: who}, "providers that serve"},
		{&compute.MsgDecline{Provider: who}, "providers that serve"},
		{&compute.MsgChoose{Tenant: who}, "tenant of the order"},
		{&compute.MsgStart{Provider: who}, "provider of the lease"},
		{&compute.MsgSettle{Provider: who}, "provider of the leases"},
		{&compute.MsgDeliver{Provider: who}, "provider of the lease"},
		{&compute.MsgApprove{Tenant: who}, "tenant of the order"},
		{&compute.MsgReject{Tenant: who}, "tenant of the order"},
		{&compute.MsgCommit{Provider: who}, "provider of the lease"},
		{&compute.MsgReclaim{Provider: who}, "provider of the lease"},
		{&compute.MsgCloseLease{Sender: who}, "provider and tenant of the lease"},
		{&compute.MsgCloseOrder{Tenant: who}, "tenant of the order"},
		{&compute.MsgUpdateParams{Authority: who}, "council"},
		{&provenance.MsgRegister{Sender: who}, "anyone"},
		{&provenance.MsgTransfer{Owner: who}, "owner of the asset"},
		{&provenance.MsgClaimRoyalty{Sender: who}, "anyone: the payees are paid"},
		{&provenance.MsgSuspect{Sender: who}, "anyone: the ledger compares"},
		{&provenance.MsgResolve{Authority: who}, "council"},
		{&provenance.MsgBan{Authority: who}, "council"},
		{&provenance.MsgUpdateParams{Authority: who}, "council"},
		{&provenance.MsgBindKey{Sender: who}, "whoever holds the key"},
		{&provenance.MsgCreatePool{Owner: who}, "anyone"},
		{&provenance.MsgOpenEpoch{Owner: who}, "owner of the pool"},
		{&provenance.MsgContribute{Contributor: who}, "anyone"},
		{&provenance.MsgWithdraw{Contributor: who}, "contributor"},
		{&provenance.MsgJudge{Checker: who}, "checkers of the pool"},
		{&provenance.MsgGrant{Owner: who}, "anyone, of what is its own"},
		{&provenance.MsgRevoke{Owner: who}, "owner of the grant"},
		{&provenance.MsgErase{Owner: who}, "owner of grants and asset"},
	}
}

func TestEveryMessageHasItsSender(t *testing.T) {
	l := ledgertest.New(t)
	ledgertest.Must(t, l.Registry.SigningContext().Validate())
	want := ledgertest.Account("sender")
	list := senders(ledgertest.Text(want))
	placed := make([]string, 0, len(list))
	for _, s := range list {
		name := "/" + proto.MessageName(s.msg)
		placed = append(placed, name)
		signers, _, err := l.Codec.GetMsgV1Signers(s.msg)
		ledgertest.Must(t, err)
		if len(signers) != 1 || !want.Equals(sdk.AccAddress(signers[0])) || s.may == "" {
			t.Fatalf("%s is signed by %v", name, signers)
		}
	}
	var known []string
	for _, name := range l.Registry.ListImplementations(sdk.MsgInterfaceProtoName) {
		if strings.HasPrefix(name, "/ayni.") {
			known = append(known, name)
		}
	}
	slices.Sort(placed)
	slices.Sort(known)
	if !slices.Equal(placed, known) {
		t.Fatalf("messages of the ledger %v, listed %v", known, placed)
	}
}
