package keeper_test

import (
	"bytes"
	"errors"
	"math/big"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
	"ayni.example/x/credit/keeper"
	"ayni.example/x/internal/ledgertest"
)

func TestOpenChannelRefuses(t *testing.T) {
	params := credit.DefaultParams()
	tests := []struct {
		name   string
		change func(*fixture, *credit.MsgOpenChannel)
		want   error
	}{
		{"to oneself", func(f *fixture, m *credit.MsgOpenChannel) { m.Payee = m.Payer }, credit.ErrRecipient},
		{"to oneself in another text form", func(f *fixture, m *credit.MsgOpenChannel) {
			m.Payee = ethkey.Hex(f.payer)
		}, credit.ErrRecipient},
		{"to the escrow", func(_ *fixture, m *credit.MsgOpenChannel) {
			m.Payee = ledgertest.Text(authtypes.NewModuleAddress(credit.ModuleName))
		}, credit.ErrRecipient},
		{"to nobody", func(_ *fixture, m *credit.MsgOpenChannel) { m.Payee = "nobody" }, credit.ErrInvalid},
		{"from nobody", func(_ *fixture, m *credit.MsgOpenChannel) { m.Payer = "" }, credit.ErrInvalid},
		{"without money", func(f *fixture, m *credit.MsgOpenChannel) {
			m.Payer = ledgertest.Text(f.stranger)
		}, sdkerrors.ErrInsufficientFunds},
		{"short key", func(_ *fixture, m *credit.MsgOpenChannel) { m.Signer = m.Signer[1:] }, credit.ErrInvalid},
		{"no deposit", func(_ *fixture, m *credit.MsgOpenChannel) { m.Deposit = math.ZeroInt() }, credit.ErrInvalid},
		{"absent deposit", func(_ *fixture, m *credit.MsgOpenChannel) { m.Deposit = math.Int{} }, credit.ErrInvalid},
		{"negative deposit", func(_ *fixture, m *credit.MsgOpenChannel) { m.Deposit = math.NewInt(-1) }, credit.ErrInvalid},
		{"unbounded deposit", func(_ *fixture, m *credit.MsgOpenChannel) {
			m.Deposit = math.NewIntFromBigInt(new(big.Int).Lsh(big.NewInt(1), credit.AmountBits))
		}, credit.ErrInvalid},
		{"few blocks", func(_ *fixture, m *credit.MsgOpenChannel) {
			m.ChallengeBlocks = params.ChallengeBlocksMin - 1
		}, credit.ErrInvalid},
		{"too many blocks", func(_ *fixture, m *credit.MsgOpenChannel) { m.ChallengeBlocks = 1 << 31 }, credit.ErrInvalid},
		{"few seconds", func(_ *fixture, m *credit.MsgOpenChannel) {
			m.ChallengeSeconds = params.ChallengeSecondsMin - 1
		}, credit.ErrInvalid},
		{"too many seconds", func(_ *fixture, m *credit.MsgOpenChannel) {
			m.ChallengeSeconds = params.ChallengeSecondsMax + 1
		}, credit.ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			msg := f.openMsg()
			tt.change(f, msg)
			if _, err := f.Send(msg); !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
		})
	}
}

func TestOpenChannel(t *testing.T) {
	f := newFixture(t)
	payer, payee := ledgertest.Text(f.payer), ledgertest.Text(f.payee)
	if want := credit.ChannelID(ledgertest.ChainID, payer, payee, 0); !bytes.Equal(f.id, want) {
		t.Fatalf("id %x, want %x", f.id, want)
	}
	second := f.open(t, func(m *credit.MsgOpenChannel) { m.Payer, m.Payee = ethkey.Hex(f.payer), ethkey.Hex(f.payee) })
	if want := credit.ChannelID(ledgertest.ChainID, payer, payee, 1); !bytes.Equal(second, want) {
		t.Fatalf("id of the second channel %x, want %x", second, want)
	}
	c, err := f.Credit.Channels.Get(f.Ctx, second)
	ledgertest.Must(t, err)
	if c.Payer != payer || c.Payee != payee || c.State != credit.ChannelOpen {
		t.Fatalf("stored %+v", c)
	}
	f.checkBalance(t, f.payer, 8*deposit)
	f.checkBalance(t, authtypes.NewModuleAddress(credit.ModuleName), 2*deposit)

	// another payer counts for itself
	other := ledgertest.Account("other payer")
	f.Fund(t, other, deposit)
	third := f.open(t, func(m *credit.MsgOpenChannel) { m.Payer = ledgertest.Text(other) })
	if want := credit.ChannelID(ledgertest.ChainID, ledgertest.Text(other), payee, 0); !bytes.Equal(third, want) {
		t.Fatalf("id of another payer's channel %x, want %x", third, want)
	}
	queries := keeper.NewQueryServer(f.Credit)
	for _, tt := range []struct {
		req  credit.QueryChannelsRequest
		want int
	}{
		{credit.QueryChannelsRequest{Payer: payer}, 2},
		{credit.QueryChannelsRequest{Payer: ledgertest.Text(other)}, 1},
		{credit.QueryChannelsRequest{Payee: ethkey.Hex(f.payee)}, 3},
		{credit.QueryChannelsRequest{Payee: payer}, 0},
	} {
		res, err := queries.Channels(f.Ctx, &tt.req)
		ledgertest.Must(t, err)
		if len(res.Channels) != tt.want {
			t.Fatalf("%+v: %d channels, want %d", tt.req, len(res.Channels), tt.want)
		}
	}
	if _, err := queries.Channels(f.Ctx, &credit.QueryChannelsRequest{Payer: payer, Payee: payee}); !errors.Is(err, credit.ErrInvalid) {
		t.Fatalf("query for payer and payee: %v", err)
	}
}

func TestTopUp(t *testing.T) {
	f := newFixture(t)
	topUp := func(sender sdk.AccAddress, id []byte, amount int64) error {
		_, err := f.Send(&credit.MsgTopUp{Payer: ledgertest.Text(sender), Channel: id, Amount: math.NewInt(amount)})
		return err
	}
	f.Fund(t, f.payee, 10)
	f.Fund(t, f.stranger, 10)
	for _, tt := range []struct {
		name   string
		sender sdk.AccAddress
		id     []byte
		amount int64
		want   error
	}{
		{"payer", f.payer, f.id, 5, nil},
		{"payee", f.payee, f.id, 5, credit.ErrUnauthorised},
		{"stranger", f.stranger, f.id, 5, credit.ErrUnauthorised},
		{"zero", f.payer, f.id, 0, credit.ErrInvalid},
		{"negative", f.payer, f.id, -5, credit.ErrInvalid},
		{"no such channel", f.payer, make([]byte, credit.IDSize), 5, credit.ErrNotFound},
		{"short id", f.payer, f.id[1:], 5, credit.ErrInvalid},
		{"more than the payer has", f.payer, f.id, 100 * deposit, sdkerrors.ErrInsufficientFunds},
	} {
		if err := topUp(tt.sender, tt.id, tt.amount); !errors.Is(err, tt.want) {
			t.Fatalf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
	if got := f.channel(t).Deposit; !got.Equal(math.NewInt(deposit + 5)) {
		t.Fatalf("deposit %s", got)
	}
	ledgertest.Must(t, f.close(f.payer))
	if err := topUp(f.payer, f.id, 5); !errors.Is(err, credit.ErrState) {
		t.Fatalf("top up while closing: %v", err)
	}
	ledgertest.Must(t, f.close(f.payee))
	if err := topUp(f.payer, f.id, 5); !errors.Is(err, credit.ErrState) {
		t.Fatalf("top up after closing: %v", err)
	}
}

func TestCloseByPayerWaitsForBlocksAndTime(t *testing.T) {
	f := newFixture(t)
	if err := f.finalise(f.payer); !errors.Is(err, credit.ErrState) {
		t.Fatalf("finalise an open channel: %v", err)
	}
	if err := f.close(f.stranger); !errors.Is(err, credit.ErrUnauthorised) {
		t.Fatalf("close by a stranger: %v", err)
	}
	ledgertest.Must(t, f.close(f.payer))
	if err := f.close(f.payer); !errors.Is(err, credit.ErrState) {
		t.Fatalf("close twice: %v", err)
	}
	f.Advance(9, time.Hour) // the time has passed, the blocks have not: a machine that slept
	if err := f.finalise(f.payer); !errors.Is(err, credit.ErrEarly) {
		t.Fatalf("finalise after 9 blocks: %v", err)
	}
	if paid, err := f.claim(f.voucher(t, 0, 1, 300)); err != nil || paid != 300 {
		t.Fatalf("claim while closing: %d, %v", paid, err)
	}
	f.Advance(1, 0)
	if paid, err := f.claim(f.voucher(t, 0, 2, 400)); err != nil || paid != 100 {
		t.Fatalf("claim when due but not finalised: %d, %v", paid, err)
	}
	ledgertest.Must(t, f.finalise(f.stranger))
	f.checkBalance(t, f.payer, 10*deposit-400)
	f.checkBalance(t, f.payee, 400)
	if err := f.finalise(f.payer); !errors.Is(err, credit.ErrState) {
		t.Fatalf("finalise twice: %v", err)
	}
	if _, err := f.claim(f.voucher(t, 0, 3, 500)); !errors.Is(err, credit.ErrState) {
		t.Fatalf("claim after the end: %v", err)
	}
	if err := f.close(f.payee); !errors.Is(err, credit.ErrState) {
		t.Fatalf("close by the payee after the end: %v", err)
	}
	if got := f.channel(t); !got.Claimed.Equal(math.NewInt(400)) || got.State != credit.ChannelClosed {
		t.Fatalf("a closed channel is kept for proofs: %+v", got)
	}
}

func TestFinaliseWaitsForTime(t *testing.T) {
	f := newFixture(t)
	ledgertest.Must(t, f.close(f.payer))
	f.Advance(1000, 599*time.Second)
	if err := f.finalise(f.payer); !errors.Is(err, credit.ErrEarly) {
		t.Fatalf("finalise after 599 s: %v", err)
	}
	f.Advance(0, time.Second)
	ledgertest.Must(t, f.finalise(f.payer))
	f.checkBalance(t, f.payer, 10*deposit)
}

func TestCloseByPayeeEndsAtOnce(t *testing.T) {
	for _, closing := range []bool{false, true} {
		f := newFixture(t)
		_, err := f.claim(f.voucher(t, 0, 1, 250))
		ledgertest.Must(t, err)
		if closing {
			ledgertest.Must(t, f.close(f.payer))
		}
		ledgertest.Must(t, f.close(f.payee))
		f.checkBalance(t, f.payee, 250)
		f.checkBalance(t, f.payer, 10*deposit-250)
		if err := f.close(f.payer); !errors.Is(err, credit.ErrState) {
			t.Fatalf("close after the end: %v", err)
		}
	}
}

func TestKeysAreWhereTheStoreHoldsThem(t *testing.T) {
	f := newFixture(t)
	_, err := f.claim(f.voucher(t, 3, 1, 5))
	ledgertest.Must(t, err)
	var c credit.Channel
	if raw := f.Raw(credit.StoreKey, credit.ChannelKey(f.id)); len(raw) == 0 {
		t.Fatal("no channel under ChannelKey")
	} else if ledgertest.Must(t, c.Unmarshal(raw)); !bytes.Equal(c.Id, f.id) {
		t.Fatalf("another channel under ChannelKey: %+v", c)
	}
	var l credit.Lane
	if raw := f.Raw(credit.StoreKey, credit.LaneKey(f.id, 3)); len(raw) == 0 {
		t.Fatal("no lane under LaneKey")
	} else if ledgertest.Must(t, l.Unmarshal(raw)); l.Lane != 3 || !l.Cumulative.Equal(math.NewInt(5)) {
		t.Fatalf("another lane under LaneKey: %+v", l)
	}
}
