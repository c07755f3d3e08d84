package keeper_test

import (
	"encoding/hex"
	"slices"
	"testing"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/credit"
	"ayni.example/x/internal/ledgertest"
)

// events runs a message and returns the names of the module's own events.
func (f *fixture) events(tb testing.TB, msg sdk.Msg) []string {
	tb.Helper()
	res, err := f.Send(msg)
	ledgertest.Must(tb, err)
	return slices.DeleteFunc(ledgertest.Events(res), func(name string) bool { return name[:5] != "ayni." })
}

func TestEvents(t *testing.T) {
	f := newFixture(t)
	payer, payee := ledgertest.Text(f.payer), ledgertest.Text(f.payee)
	claim := &credit.MsgClaim{Claimer: payer, Vouchers: []credit.Voucher{
		credit.NewVoucher(f.voucher(t, 0, 1, 5)), credit.NewVoucher(f.voucher(t, 0, 1, 5)), credit.NewVoucher(f.voucher(t, 1, 1, 0)),
	}}
	for _, tt := range []struct {
		msg  sdk.Msg
		want []string
	}{
		{f.openMsg(), []string{"ayni.credit.v1.EventChannelOpened"}},
		{&credit.MsgTopUp{Payer: payer, Channel: f.id, Amount: math.OneInt()}, []string{"ayni.credit.v1.EventChannelToppedUp"}},
		// one for each voucher that was new; the one of nothing sets a head
		{claim, []string{"ayni.credit.v1.EventClaimed", "ayni.credit.v1.EventClaimed"}},
		{claim, nil},
		{&credit.MsgCloseChannel{Sender: payer, Channel: f.id}, []string{"ayni.credit.v1.EventChannelClosing"}},
		{&credit.MsgCloseChannel{Sender: payee, Channel: f.id}, []string{"ayni.credit.v1.EventChannelClosed"}},
	} {
		if got := f.events(t, tt.msg); !slices.Equal(got, tt.want) {
			t.Fatalf("%T: events %v, want %v", tt.msg, got, tt.want)
		}
	}
}

func TestClaimedEventTellsTheHead(t *testing.T) {
	f := newFixture(t)
	v := f.voucher(t, 3, 8, 70)
	res, err := f.Send(&credit.MsgClaim{Claimer: ledgertest.Text(f.payee), Vouchers: []credit.Voucher{credit.NewVoucher(v)}})
	ledgertest.Must(t, err)
	for _, e := range res.Events {
		if e.Type != "ayni.credit.v1.EventClaimed" {
			continue
		}
		event, err := sdk.ParseTypedEvent(e)
		ledgertest.Must(t, err)
		want := &credit.EventClaimed{
			Channel: hex.EncodeToString(f.id), Lane: 3, Paid: "70", Cumulative: "70", Head: hex.EncodeToString(v.Head[:]),
			Payer: ledgertest.Text(f.payer), Payee: ledgertest.Text(f.payee),
		}
		if got, ok := event.(*credit.EventClaimed); !ok || *got != *want {
			t.Fatalf("event %v, want %v", event, want)
		}
		return
	}
	t.Fatal("no event")
}
