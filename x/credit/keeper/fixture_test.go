package keeper_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/receipt"
	"ayni.example/x/credit"
	"ayni.example/x/internal/ledgertest"
)

// deposit is what a fixture's channel locks.
const deposit = 1_000

// fixture is a ledger with one open channel.
type fixture struct {
	*ledgertest.Ledger
	payer, payee, stranger sdk.AccAddress
	key                    ed25519.PrivateKey
	id                     []byte
}

func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	f := &fixture{
		Ledger: ledgertest.Start(tb), payer: ledgertest.Account("payer"), payee: ledgertest.Account("payee"),
		stranger: ledgertest.Account("stranger"),
		key:      ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)),
	}
	f.Fund(tb, f.payer, 10*deposit)
	f.id = f.open(tb, nil)
	return f
}

// openMsg is a message that opens a channel like the fixture's.
func (f *fixture) openMsg() *credit.MsgOpenChannel {
	return &credit.MsgOpenChannel{
		Payer: ledgertest.Text(f.payer), Payee: ledgertest.Text(f.payee), Signer: f.key.Public().(ed25519.PublicKey),
		Deposit: math.NewInt(deposit), ChallengeBlocks: 10, ChallengeSeconds: 600,
	}
}

func (f *fixture) open(tb testing.TB, change func(*credit.MsgOpenChannel)) []byte {
	tb.Helper()
	msg := f.openMsg()
	if change != nil {
		change(msg)
	}
	res, err := f.Send(msg)
	ledgertest.Must(tb, err)
	return res.MsgResponses[0].GetCachedValue().(*credit.MsgOpenChannelResponse).Channel
}

// voucher is signed by the channel's session key; its head names lane and nonce.
func (f *fixture) voucher(tb testing.TB, lane uint32, nonce uint64, cumulative int64) receipt.Voucher {
	tb.Helper()
	v := receipt.Voucher{
		ChainID: ledgertest.ChainID, Channel: receipt.Digest(f.id), Lane: lane, Nonce: nonce,
		Cumulative: math.NewInt(cumulative), Quote: receipt.QuoteID{1}, Head: receipt.Digest{byte(lane), byte(nonce)},
	}
	ledgertest.Must(tb, v.Sign(f.key))
	return v
}

// claim sends vouchers as a stranger and returns what they moved.
func (f *fixture) claim(vouchers ...receipt.Voucher) (int64, error) {
	msg := &credit.MsgClaim{Claimer: ledgertest.Text(f.stranger)}
	for _, v := range vouchers {
		msg.Vouchers = append(msg.Vouchers, credit.NewVoucher(v))
	}
	res, err := f.Send(msg)
	if err != nil {
		return 0, err
	}
	return res.MsgResponses[0].GetCachedValue().(*credit.MsgClaimResponse).Paid.Int64(), nil
}

func (f *fixture) close(sender sdk.AccAddress) error {
	_, err := f.Send(&credit.MsgCloseChannel{Sender: ledgertest.Text(sender), Channel: f.id})
	return err
}

func (f *fixture) finalise(sender sdk.AccAddress) error {
	_, err := f.Send(&credit.MsgFinaliseChannel{Sender: ledgertest.Text(sender), Channel: f.id})
	return err
}

func (f *fixture) channel(tb testing.TB) credit.Channel {
	tb.Helper()
	c, err := f.Credit.Channels.Get(f.Ctx, f.id)
	ledgertest.Must(tb, err)
	return c
}

func (f *fixture) checkBalance(tb testing.TB, addr sdk.AccAddress, want int64) {
	tb.Helper()
	if got := f.Balance(addr); !got.Equal(math.NewInt(want)) {
		tb.Fatalf("balance %s, want %d", got, want)
	}
}
