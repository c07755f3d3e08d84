package keeper_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/agent"
	"ayni.example/x/credit"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provider"
)

const (
	purse = 1_000_000
	bond  = 1_000_000_000_000_000_000
	fee   = 10 // of the ledger, for a wake-up
	cost  = 50 // of a wake-up, the fee in it
	chain = ledgertest.ChainID
)

// fixture is a ledger with a beacon of one seat, hosts, and olga who owns agents that gus guards.
type fixture struct {
	*ledgertest.Ledger
	tb   testing.TB
	seat *ledgertest.Seat
}

func start(tb testing.TB, hosts ...string) *fixture {
	tb.Helper()
	f := &fixture{Ledger: ledgertest.Start(tb), tb: tb}
	f.seat = f.Seat(tb)
	p, err := f.Agent.Params.Get(f.Ctx)
	ledgertest.Must(tb, err)
	p.WakeFee = math.NewInt(fee)
	ledgertest.Must(tb, f.Agent.Params.Set(f.Ctx, p))
	for _, name := range []string{"olga", "gus", "mallory", "shop", "wanda"} {
		f.Fund(tb, ledgertest.Account(name), purse)
	}
	for _, name := range hosts {
		f.host(name)
	}
	f.block(time.Second)
	return f
}

func (f *fixture) host(name string) {
	f.tb.Helper()
	f.Fund(f.tb, ledgertest.Account(name), bond)
	key := sha256.Sum256([]byte(name))
	peer := fmt.Sprintf("12D3KooW%s%s", name, strings.Repeat("a", 44-len(name)))
	f.ok(&provider.MsgRegister{
		Address: text(name), Name: name, ReceiptKey: ed25519.NewKeyFromSeed(key[:]).Public().(ed25519.PublicKey), PeerId: peer,
		Bond: math.NewInt(bond),
	})
	f.ok(&agent.MsgHost{Host: text(name), Key: key[:], Until: f.Ctx.BlockTime().Add(1000 * time.Hour).Unix()})
}

func text(name string) string { return ledgertest.Text(ledgertest.Account(name)) }

func hash(word string) []byte {
	d := sha256.Sum256([]byte(word))
	return d[:]
}

// charter allows a little of everything but proved payments.
func charter(change ...func(*agent.Charter)) agent.Charter {
	n := math.NewInt
	c := agent.Charter{
		Document: hash("document"), Actions: []string{agent.ActionPay, agent.ActionReserve},
		Caps: agent.Caps{
			PerAction: n(1000), PerWake: n(2000), PerHour: n(5000), PerDay: n(20000), Lifetime: n(100_000), PerPayee: n(50_000),
		},
		PerWakeCost: n(cost), ApprovalAbove: n(1000), ApprovalSeconds: 3600, ActionsMax: 8, WakePrice: n(0),
		LeaseBlocks: 2, LeaseSeconds: 60, Timelock: 3600, DelayBlocks: 3,
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

func (f *fixture) ok(msg sdk.Msg) *sdk.Result {
	f.tb.Helper()
	res, err := f.Send(msg)
	if err != nil {
		f.tb.Fatalf("%T: %v", msg, err)
	}
	return res
}

func (f *fixture) refused(msg sdk.Msg, want error) {
	f.tb.Helper()
	if _, err := f.Send(msg); !errors.Is(err, want) {
		f.tb.Errorf("%T: %v, want %v", msg, err, want)
	}
}

// create makes an agent of olga's with a deposit.
func (f *fixture) create(c agent.Charter, deposit int64) []byte {
	f.tb.Helper()
	f.ok(&agent.MsgCreate{Sender: text("olga"), Label: "helper", Charter: c, Guardian: text("gus"), Deposit: math.NewInt(deposit)})
	return agent.ID(chain, ledgertest.Account("olga"), "helper")
}

// block is one in which the seat contributes to the beacon; then the next begins.
func (f *fixture) block(d time.Duration) {
	f.tb.Helper()
	f.Beacon.PreBlock(f.Ctx, f.seat.Entry(f.tb))
	f.Schedule.EndBlock(f.Ctx)
	f.Advance(1, d)
}

func (f *fixture) pass(blocks int, d time.Duration) {
	f.tb.Helper()
	for range blocks {
		f.block(d)
	}
}

func (f *fixture) agent(id []byte) agent.Agent {
	f.tb.Helper()
	a, err := f.Agent.Agents.Get(f.Ctx, id)
	ledgertest.Must(f.tb, err)
	return a
}

// wake sends the agent a message and waits until a host is drawn.
func (f *fixture) wake(id []byte) agent.Lease {
	f.tb.Helper()
	f.ok(&agent.MsgWake{Sender: text("olga"), Agent: id, Message: hash("message"), Size_: 7})
	return f.drawn(id)
}

// drawn waits until a host is drawn for the wake-up that is open.
func (f *fixture) drawn(id []byte) agent.Lease {
	f.tb.Helper()
	for range 12 {
		if lease, err := f.Agent.Leases.Get(f.Ctx, id); err == nil && lease.Host != "" {
			return lease
		}
		f.block(time.Second)
	}
	f.tb.Fatalf("no host is drawn for agent %x: %+v", id, f.agent(id))
	return agent.Lease{}
}

// session is what a host's process has of a lease.
type session struct {
	f     *fixture
	lease agent.Lease
	key   *ethkey.PrivKey
}

// take names a session key for the lease of whoever was drawn.
func (f *fixture) take(lease agent.Lease) *session {
	f.tb.Helper()
	key, err := ethkey.NewPrivKey(hash(fmt.Sprintf("session %x %d", lease.Agent, lease.Epoch)))
	ledgertest.Must(f.tb, err)
	f.ok(&agent.MsgTake{
		Host: lease.Host, Agent: lease.Agent, Wake: lease.Wake.Number, Epoch: lease.Epoch, Session: key.PubKey().Bytes(),
	})
	return &session{f, lease, key}
}

// act is a signed act for the head as it stands.
func (s *session) act(cost int64, actions ...agent.Action) *agent.MsgAct {
	s.f.tb.Helper()
	m := &agent.MsgAct{
		Carrier: s.lease.Host, Agent: s.lease.Agent, Wake: s.lease.Wake.Number, Epoch: s.lease.Epoch, Decision: hash("decision"),
		Cost: math.NewInt(cost), Actions: actions,
	}
	ledgertest.Must(s.f.tb, agent.SignAct(s.key, chain, s.f.agent(s.lease.Agent).Head, m))
	return m
}

func (s *session) reserve(call uint32, payee string, amount int64) *agent.MsgReserve {
	s.f.tb.Helper()
	m := &agent.MsgReserve{
		Carrier: s.lease.Host, Agent: s.lease.Agent, Wake: s.lease.Wake.Number, Epoch: s.lease.Epoch,
		Reserve: agent.Reserve{Call: call, Payee: text(payee), Amount: math.NewInt(amount)},
	}
	ledgertest.Must(s.f.tb, agent.SignReserve(s.key, chain, m))
	return m
}

func (s *session) address() sdk.AccAddress { return sdk.AccAddress(s.key.PubKey().Address()) }

func pay(payee string, amount int64) agent.Action {
	return agent.Action{Pay: &agent.Pay{Payee: text(payee), Amount: math.NewInt(amount)}}
}

// last is the log's last entry.
func (f *fixture) last(id []byte) agent.Entry {
	f.tb.Helper()
	e, err := f.Agent.Log.Get(f.Ctx, at(id, f.agent(id).Ended))
	ledgertest.Must(f.tb, err)
	return e
}

// outcomes are those of an entry's actions, with the reasons of refusals.
func outcomes(e agent.Entry) string {
	list := make([]string, 0, len(e.Results))
	for _, r := range e.Results {
		word := map[agent.Outcome]string{agent.OutcomeDone: "done", agent.OutcomeWaiting: "waiting", agent.OutcomeRefused: r.Reason}[r.Outcome]
		list = append(list, word)
	}
	return strings.Join(list, " ")
}

func (f *fixture) balance(name string) int64 { return f.Balance(ledgertest.Account(name)).Int64() }

func (f *fixture) treasury(id []byte) int64 { return f.Balance(agent.Treasury(id)).Int64() }

func at(id []byte, number uint64) collections.Pair[[]byte, uint64] {
	return collections.Join(id, number)
}

func coins(amount int64) sdk.Coins { return credit.Coins(math.NewInt(amount)) }

func (f *fixture) cancel(s *session, call uint32) {
	f.tb.Helper()
	m := &agent.MsgCancel{Carrier: s.lease.Host, Agent: s.lease.Agent, Wake: s.lease.Wake.Number, Epoch: s.lease.Epoch, Call: call}
	ledgertest.Must(f.tb, agent.SignCancel(s.key, chain, m))
	f.ok(m)
}
