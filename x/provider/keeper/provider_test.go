package keeper_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provider"
	"ayni.example/x/provider/keeper"
)

// credits is one credit in acredit.
const credits = 1_000_000_000_000_000_000

// fixture is a ledger on which alice has registered with two credits of her five.
type fixture struct {
	*ledgertest.Ledger
	admin, alice, bob sdk.AccAddress
}

func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	f := &fixture{
		ledgertest.Start(tb), ledgertest.Account("admin"), ledgertest.Account("alice"), ledgertest.Account("bob"),
	}
	f.Fund(tb, f.alice, 5*credits)
	f.Fund(tb, f.bob, 5*credits)
	_, err := f.Send(register(f.alice, "alice"))
	ledgertest.Must(tb, err)
	return f
}

// key is a receipt key that nobody else has.
func key(name string) []byte {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)
}

// peer is a peer id in form.
func peer(name string) string {
	const chars = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	var b strings.Builder
	b.WriteString("12D3KooW")
	for _, x := range sha256.Sum256([]byte(name)) {
		b.WriteByte(chars[int(x)%len(chars)])
	}
	return b.String()
}

func register(addr sdk.AccAddress, name string) *provider.MsgRegister {
	return &provider.MsgRegister{
		Address: ledgertest.Text(addr), Name: name, ReceiptKey: key(name), PeerId: peer(name),
		Endpoints:    []string{"/ip4/192.0.2.1/tcp/4001", "/dns4/node.example.org/udp/4001/quic-v1"},
		Capabilities: []string{"inference"}, Policy: "no requests over 32k tokens", Bond: math.NewInt(2 * credits),
	}
}

func update(m *provider.MsgRegister) *provider.MsgUpdate {
	return &provider.MsgUpdate{
		Address: m.Address, Name: m.Name, ReceiptKey: m.ReceiptKey, PeerId: m.PeerId, Endpoints: m.Endpoints,
		Capabilities: m.Capabilities, Policy: m.Policy,
	}
}

func (f *fixture) provider(tb testing.TB, addr sdk.AccAddress) provider.Provider {
	tb.Helper()
	p, err := f.Provider.Provider(f.Ctx, addr)
	ledgertest.Must(tb, err)
	return p
}

func (f *fixture) suspend(sender sdk.AccAddress) error {
	_, err := f.Send(&provider.MsgSuspend{Sender: ledgertest.Text(sender), Address: ledgertest.Text(f.alice), Reason: "disk"})
	return err
}

func (f *fixture) resume(sender sdk.AccAddress) error {
	_, err := f.Send(&provider.MsgResume{Sender: ledgertest.Text(sender), Address: ethkey.Hex(f.alice)})
	return err
}

func (f *fixture) leave(sender sdk.AccAddress) error {
	_, err := f.Send(&provider.MsgLeave{Address: ledgertest.Text(sender)})
	return err
}

func (f *fixture) withdraw(sender sdk.AccAddress) error {
	_, err := f.Send(&provider.MsgWithdraw{Address: ledgertest.Text(sender)})
	return err
}

func TestRegister(t *testing.T) {
	f := newFixture(t)
	p := f.provider(t, f.alice)
	if !p.Serves() || p.Address != ledgertest.Text(f.alice) || p.RegisteredHeight != f.Ctx.BlockHeight() {
		t.Fatalf("registered %+v", p)
	}
	if got := f.Balance(authtypes.NewModuleAddress(provider.ModuleName)); !got.Equal(math.NewInt(2 * credits)) {
		t.Fatalf("bonds hold %s", got)
	}
	var stored provider.Provider
	ledgertest.Must(t, stored.Unmarshal(f.Raw(provider.StoreKey, provider.EntryKey(f.alice))))
	if stored.Address != p.Address {
		t.Fatalf("another provider under ProviderKey: %+v", stored)
	}
	queries := keeper.NewQueryServer(f.Provider)
	one, err := queries.Provider(f.Ctx, &provider.QueryProviderRequest{Address: ethkey.Hex(f.alice)})
	ledgertest.Must(t, err)
	all, err := queries.Providers(f.Ctx, &provider.QueryProvidersRequest{})
	ledgertest.Must(t, err)
	if one.Provider.Name != "alice" || len(all.Providers) != 1 {
		t.Fatalf("found %+v and %d", one.Provider, len(all.Providers))
	}
	if _, err := queries.Provider(f.Ctx, &provider.QueryProviderRequest{Address: ledgertest.Text(f.bob)}); !errors.Is(err, provider.ErrNotFound) {
		t.Fatalf("query for one who is not there: %v", err)
	}
}

func TestRegisterRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*fixture, *provider.MsgRegister)
		want   error
	}{
		{"twice", func(f *fixture, m *provider.MsgRegister) { m.Address = ledgertest.Text(f.alice) }, provider.ErrExists},
		{"twice in another text form", func(f *fixture, m *provider.MsgRegister) { m.Address = ethkey.Hex(f.alice) }, provider.ErrExists},
		{"no address", func(_ *fixture, m *provider.MsgRegister) { m.Address = "" }, provider.ErrInvalid},
		{"receipt key of another", func(_ *fixture, m *provider.MsgRegister) { m.ReceiptKey = key("alice") }, provider.ErrTaken},
		{"peer id of another", func(_ *fixture, m *provider.MsgRegister) { m.PeerId = peer("alice") }, provider.ErrTaken},
		{"small bond", func(_ *fixture, m *provider.MsgRegister) { m.Bond = math.NewInt(credits - 1) }, provider.ErrBond},
		{"more than it has", func(_ *fixture, m *provider.MsgRegister) {
			m.Bond = math.NewInt(6 * credits)
		}, sdkerrors.ErrInsufficientFunds},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			msg := register(f.bob, "bob")
			tt.change(f, msg)
			if _, err := f.Send(msg); !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
		})
	}
}

func TestUpdateRotatesReceiptKey(t *testing.T) {
	f := newFixture(t)
	_, err := f.Send(register(f.bob, "bob"))
	ledgertest.Must(t, err)
	msg := update(register(f.alice, "alice"))
	msg.Name, msg.Endpoints = "alice's laptop", nil
	_, err = f.Send(msg)
	ledgertest.Must(t, err)
	if p := f.provider(t, f.alice); len(p.RetiredKeys) != 0 || p.Name != "alice's laptop" || len(p.Endpoints) != 0 {
		t.Fatalf("same key, yet %+v", p)
	}
	f.Advance(7, time.Minute)
	msg.ReceiptKey = key("alice 1")
	_, err = f.Send(msg)
	ledgertest.Must(t, err)
	p := f.provider(t, f.alice)
	if len(p.RetiredKeys) != 1 || !bytes.Equal(p.RetiredKeys[0].Key, key("alice")) || p.RetiredKeys[0].UntilHeight != f.Ctx.BlockHeight() {
		t.Fatalf("retired %+v", p.RetiredKeys)
	}
	for _, tt := range []struct {
		name   string
		change func(*provider.MsgUpdate)
		want   error
	}{
		{"back to a retired key", func(m *provider.MsgUpdate) { m.ReceiptKey = key("alice") }, provider.ErrTaken},
		{"to another's key", func(m *provider.MsgUpdate) { m.ReceiptKey = key("bob") }, provider.ErrTaken},
		{"to another's peer id", func(m *provider.MsgUpdate) { m.PeerId = peer("bob") }, provider.ErrTaken},
		{"of one who is not there", func(m *provider.MsgUpdate) { m.Address = ledgertest.Text(f.admin) }, provider.ErrNotFound},
		{"to no key", func(m *provider.MsgUpdate) { m.ReceiptKey = nil }, provider.ErrInvalid},
	} {
		bad := *msg
		tt.change(&bad)
		if _, err := f.Send(&bad); !errors.Is(err, tt.want) {
			t.Fatalf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
	// another may not take a retired key, by which old receipts are checked
	theirs := update(register(f.bob, "bob"))
	theirs.ReceiptKey = key("alice")
	if _, err := f.Send(theirs); !errors.Is(err, provider.ErrTaken) {
		t.Fatalf("another's retired key: %v", err)
	}
	for i := range provider.RetiredMax + 3 {
		msg.ReceiptKey = key(fmt.Sprint("alice again ", i))
		_, err := f.Send(msg)
		ledgertest.Must(t, err)
	}
	if got := len(f.provider(t, f.alice).RetiredKeys); got != provider.RetiredMax {
		t.Fatalf("%d retired keys, want %d", got, provider.RetiredMax)
	}
	f.CheckReload(t)
}

func TestSuspendAndResume(t *testing.T) {
	f := newFixture(t)
	steps := []struct {
		name   string
		do     func(sdk.AccAddress) error
		sender sdk.AccAddress
		want   error
		status provider.Status
	}{
		{"stranger suspends", f.suspend, f.bob, provider.ErrUnauthorised, provider.StatusActive},
		{"resume while active", f.resume, f.alice, provider.ErrStatus, provider.StatusActive},
		{"provider suspends", f.suspend, f.alice, nil, provider.StatusSuspended},
		{"provider suspends twice", f.suspend, f.alice, provider.ErrStatus, provider.StatusSuspended},
		{"stranger resumes", f.resume, f.bob, provider.ErrUnauthorised, provider.StatusSuspended},
		{"admin resumes the provider's own", f.resume, f.admin, provider.ErrUnauthorised, provider.StatusSuspended},
		{"provider resumes", f.resume, f.alice, nil, provider.StatusActive},
		{"provider suspends again", f.suspend, f.alice, nil, provider.StatusSuspended},
		{"admin takes it over", f.suspend, f.admin, nil, provider.StatusSuspended},
		{"provider resumes the admin's", f.resume, f.alice, provider.ErrUnauthorised, provider.StatusSuspended},
		{"provider suspends the admin's", f.suspend, f.alice, provider.ErrStatus, provider.StatusSuspended},
		{"admin suspends twice", f.suspend, f.admin, provider.ErrStatus, provider.StatusSuspended},
		{"admin resumes", f.resume, f.admin, nil, provider.StatusActive},
		{"admin suspends", f.suspend, f.admin, nil, provider.StatusSuspended},
		{"provider leaves while suspended", f.leave, f.alice, nil, provider.StatusLeaving},
		{"admin suspends one who leaves", f.suspend, f.admin, provider.ErrStatus, provider.StatusLeaving},
		{"provider resumes leaving", f.resume, f.alice, provider.ErrStatus, provider.StatusLeaving},
	}
	for _, s := range steps {
		if err := s.do(s.sender); !errors.Is(err, s.want) {
			t.Fatalf("%s: error %v, want %v", s.name, err, s.want)
		}
		if got := f.provider(t, f.alice).Status; got != s.status {
			t.Fatalf("%s: status %s, want %s", s.name, got, s.status)
		}
		f.CheckReload(t)
	}
	if _, err := f.Send(&provider.MsgSuspend{Sender: ledgertest.Text(f.alice), Address: ledgertest.Text(f.alice)}); !errors.Is(err, provider.ErrInvalid) {
		t.Fatalf("suspension without a reason: %v", err)
	}
}

func TestLeaveAndWithdraw(t *testing.T) {
	f := newFixture(t)
	if err := f.leave(f.bob); !errors.Is(err, provider.ErrNotFound) {
		t.Fatalf("leave of one who is not there: %v", err)
	}
	if err := f.withdraw(f.alice); !errors.Is(err, provider.ErrStatus) {
		t.Fatalf("withdraw without leaving: %v", err)
	}
	ledgertest.Must(t, f.leave(f.alice))
	if err := f.leave(f.alice); !errors.Is(err, provider.ErrStatus) {
		t.Fatalf("leave twice: %v", err)
	}
	if _, err := f.Send(update(register(f.alice, "alice"))); !errors.Is(err, provider.ErrStatus) {
		t.Fatalf("update while leaving: %v", err)
	}
	params := provider.DefaultParams()
	f.Advance(int64(params.UnbondingBlocks)-1, 24*time.Hour)
	if err := f.withdraw(f.alice); !errors.Is(err, provider.ErrEarly) {
		t.Fatalf("withdraw a block early: %v", err)
	}
	f.Advance(1, 0)
	if err := f.withdraw(f.bob); !errors.Is(err, provider.ErrNotFound) {
		t.Fatalf("withdraw by another: %v", err)
	}
	ledgertest.Must(t, f.withdraw(f.alice))
	if got := f.Balance(f.alice); !got.Equal(math.NewInt(5 * credits)) {
		t.Fatalf("alice has %s back", got)
	}
	if err := f.withdraw(f.alice); !errors.Is(err, provider.ErrNotFound) {
		t.Fatalf("withdraw twice: %v", err)
	}
	// key, peer id and address are free again
	again := register(f.bob, "alice")
	_, err := f.Send(again)
	ledgertest.Must(t, err)
}

func TestWithdrawWaitsForTime(t *testing.T) {
	f := newFixture(t)
	ledgertest.Must(t, f.leave(f.alice))
	f.Advance(1000, time.Duration(provider.DefaultParams().UnbondingSeconds)*time.Second-time.Second)
	if err := f.withdraw(f.alice); !errors.Is(err, provider.ErrEarly) {
		t.Fatalf("withdraw a second early: %v", err)
	}
	f.Advance(0, time.Second)
	ledgertest.Must(t, f.withdraw(f.alice))
}

func TestInitGenesisNeedsBonds(t *testing.T) {
	f := newFixture(t)
	state, err := f.Provider.ExportGenesis(f.Ctx)
	ledgertest.Must(t, err)
	empty := ledgertest.New(t)
	if err := empty.Provider.InitGenesis(empty.Ctx, state); !errors.Is(err, provider.ErrInvariant) {
		t.Fatalf("a genesis without the bonds: %v", err)
	}
	state.Providers[0].Address = ethkey.Hex(f.alice)
	if err := empty.Provider.InitGenesis(empty.Ctx, state); !errors.Is(err, provider.ErrInvalid) {
		t.Fatalf("a genesis with another text form: %v", err)
	}
}

func TestInvariantsNotice(t *testing.T) {
	tests := []struct {
		name  string
		wound func(*fixture) error
	}{
		{"a key that leads nowhere", func(f *fixture) error { return f.Provider.ReceiptKeys.Set(f.Ctx, key("lost"), f.bob) }},
		{"a peer id that leads nowhere", func(f *fixture) error { return f.Provider.Peers.Set(f.Ctx, "lost", f.bob) }},
		{"a key forgotten", func(f *fixture) error { return f.Provider.ReceiptKeys.Remove(f.Ctx, key("alice")) }},
		{"a peer id of another", func(f *fixture) error { return f.Provider.Peers.Set(f.Ctx, peer("alice"), f.bob) }},
		{"a bond less", func(f *fixture) error {
			return f.Bank.SendCoinsFromModuleToAccount(f.Ctx, provider.ModuleName, f.bob,
				sdk.NewCoins(sdk.NewCoin("acredit", math.OneInt())))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			sound := f.Ctx
			f.Ctx, _ = f.Ctx.CacheContext()
			ledgertest.Must(t, tt.wound(f))
			if err := f.Provider.Invariants(f.Ctx); !errors.Is(err, provider.ErrInvariant) {
				t.Fatalf("error %v, want %v", err, provider.ErrInvariant)
			}
			f.Ctx = sound
		})
	}
}
