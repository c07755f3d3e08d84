package keeper_test

import (
	"errors"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
	"ayni.example/x/credit/keeper"
	"ayni.example/x/internal/ledgertest"
)

// mint is a ledger with one issuer of 100 an hour.
type mint struct {
	*ledgertest.Ledger
	admin, issuer, recipient sdk.AccAddress
}

func newMint(tb testing.TB) *mint {
	tb.Helper()
	m := &mint{
		ledgertest.Start(tb), ledgertest.Account("admin"), ledgertest.Account("issuer"), ledgertest.Account("recipient"),
	}
	ledgertest.Must(tb, m.appoint(m.admin, 100))
	return m
}

func (m *mint) appoint(sender sdk.AccAddress, quota int64) error {
	_, err := m.Send(&credit.MsgSetIssuer{
		Admin: ledgertest.Text(sender), Issuer: ethkey.Hex(m.issuer), Quota: math.NewInt(quota), PeriodSeconds: 3600,
	})
	return err
}

func (m *mint) issue(sender, recipient sdk.AccAddress, amount int64) error {
	_, err := m.Send(&credit.MsgIssue{
		Issuer: ledgertest.Text(sender), Recipient: ledgertest.Text(recipient), Amount: math.NewInt(amount),
	})
	return err
}

func TestIssueWithinQuota(t *testing.T) {
	m := newMint(t)
	steps := []struct {
		name   string
		after  time.Duration
		amount int64
		want   error
	}{
		{"above the quota", 0, 101, credit.ErrQuota},
		{"some", 0, 60, nil},
		{"rest and one more", time.Minute, 41, credit.ErrQuota},
		{"exactly the rest", 0, 40, nil},
		{"a second before the period ends", 59*time.Minute - time.Second, 1, credit.ErrQuota},
		{"in the next period", time.Second, 100, nil},
		{"nothing left again", 0, 1, credit.ErrQuota},
		{"zero", time.Hour, 0, credit.ErrInvalid},
		{"negative", 0, -1, credit.ErrInvalid},
	}
	for _, s := range steps {
		m.Advance(1, s.after)
		if err := m.issue(m.issuer, m.recipient, s.amount); !errors.Is(err, s.want) {
			t.Fatalf("%s: error %v, want %v", s.name, err, s.want)
		}
	}
	if got := m.Balance(m.recipient); !got.Equal(math.NewInt(200)) {
		t.Fatalf("recipient has %s", got)
	}
	if got := m.Bank.GetSupply(m.Ctx, credit.Denom).Amount; !got.Equal(math.NewInt(200)) {
		t.Fatalf("supply is %s", got)
	}
}

func TestIssueRefusesOthers(t *testing.T) {
	m := newMint(t)
	for _, sender := range []sdk.AccAddress{m.admin, m.recipient} {
		if err := m.issue(sender, m.recipient, 1); !errors.Is(err, credit.ErrUnauthorised) {
			t.Fatalf("issue by %s: %v", sender, err)
		}
	}
	if err := m.issue(m.issuer, authtypes.NewModuleAddress(credit.ModuleName), 1); !errors.Is(err, credit.ErrRecipient) {
		t.Fatalf("issue to the escrow: %v", err)
	}
}

func TestSetIssuer(t *testing.T) {
	m := newMint(t)
	for _, sender := range []sdk.AccAddress{m.issuer, m.recipient} {
		if err := m.appoint(sender, 1_000); !errors.Is(err, credit.ErrUnauthorised) {
			t.Fatalf("appointed by %s: %v", sender, err)
		}
	}
	for _, bad := range []credit.MsgSetIssuer{
		{Quota: math.NewInt(-1), PeriodSeconds: 60},
		{Quota: math.Int{}, PeriodSeconds: 60},
		{Quota: math.NewInt(1)},
		{Quota: math.NewInt(1), PeriodSeconds: 1 << 31},
	} {
		bad.Admin, bad.Issuer = ledgertest.Text(m.admin), ledgertest.Text(m.issuer)
		if _, err := m.Send(&bad); !errors.Is(err, credit.ErrInvalid) {
			t.Fatalf("%+v: %v", bad, err)
		}
	}
	// a lowered quota does not forget what the period has issued
	ledgertest.Must(t, m.issue(m.issuer, m.recipient, 80))
	ledgertest.Must(t, m.appoint(m.admin, 50))
	if err := m.issue(m.issuer, m.recipient, 1); !errors.Is(err, credit.ErrQuota) {
		t.Fatalf("above a lowered quota: %v", err)
	}
	m.CheckReload(t)
	res, err := keeper.NewQueryServer(m.Credit).Issuers(m.Ctx, &credit.QueryIssuersRequest{})
	ledgertest.Must(t, err)
	if len(res.Issuers) != 1 || res.Issuers[0].Address != ledgertest.Text(m.issuer) {
		t.Fatalf("issuers %+v", res.Issuers)
	}
	// a quota of zero revokes
	ledgertest.Must(t, m.appoint(m.admin, 0))
	m.Advance(1, 2*time.Hour)
	if err := m.issue(m.issuer, m.recipient, 1); !errors.Is(err, credit.ErrUnauthorised) {
		t.Fatalf("issue after being revoked: %v", err)
	}
}

func TestUpdateParams(t *testing.T) {
	m := newMint(t)
	update := func(sender sdk.AccAddress, change func(*credit.Params)) error {
		p, err := m.Credit.Params.Get(m.Ctx)
		ledgertest.Must(t, err)
		change(&p)
		_, err = m.Send(&credit.MsgUpdateParams{Admin: ledgertest.Text(sender), Params: p})
		return err
	}
	heir := ledgertest.Account("heir")
	for _, tt := range []struct {
		name   string
		sender sdk.AccAddress
		change func(*credit.Params)
		want   error
	}{
		{"by a stranger", m.recipient, func(*credit.Params) {}, credit.ErrUnauthorised},
		{"lanes fall", m.admin, func(p *credit.Params) { p.LanesMax-- }, credit.ErrInvalid},
		{"lanes grow", m.admin, func(p *credit.Params) { p.LanesMax++ }, nil},
		{"lanes without end", m.admin, func(p *credit.Params) { p.LanesMax = 1 << 20 }, credit.ErrInvalid},
		{"no vouchers", m.admin, func(p *credit.Params) { p.VouchersMax = 0 }, credit.ErrInvalid},
		{"no challenge blocks", m.admin, func(p *credit.Params) { p.ChallengeBlocksMin = 0 }, credit.ErrInvalid},
		{"no challenge time", m.admin, func(p *credit.Params) { p.ChallengeSecondsMin = 0 }, credit.ErrInvalid},
		{"challenge bounds crossed", m.admin, func(p *credit.Params) {
			p.ChallengeSecondsMax = p.ChallengeSecondsMin - 1
		}, credit.ErrInvalid},
		{"to no address", m.admin, func(p *credit.Params) { p.Admin = "heir" }, credit.ErrInvalid},
		{"to an heir", m.admin, func(p *credit.Params) { p.Admin = ethkey.Hex(heir) }, nil},
		{"by the former admin", m.admin, func(*credit.Params) {}, credit.ErrUnauthorised},
		{"by the heir, giving up the office", heir, func(p *credit.Params) { p.Admin = "" }, nil},
		{"by the heir who gave it up", heir, func(*credit.Params) {}, credit.ErrUnauthorised},
	} {
		if err := update(tt.sender, tt.change); !errors.Is(err, tt.want) {
			t.Fatalf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
}
