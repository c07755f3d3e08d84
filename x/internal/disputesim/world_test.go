package disputesim_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client"
	"ayni.example/internal/disputetest"
	"ayni.example/referee"
	"ayni.example/tensor/trace"
	"ayni.example/x/internal/ledgertest"
	rules "ayni.example/x/referee"
	"ayni.example/x/referee/keeper"
)

const (
	kind    = "sim/claim"
	steps   = 20
	segment = 4
	bond    = 1_000
)

var (
	errLost = errors.New("the message is lost")
	errAway = errors.New("the node is out of reach")
)

// world is a ledger, a training on it, and who plays.
type world struct {
	*ledgertest.Ledger
	tb       testing.TB
	random   *rand.Rand
	training *disputetest.Training
	honest   *disputetest.Book
	job      []byte
	seat     *ledgertest.Seat
	queries  rules.QueryServer
	machines []*machine
	faults   bool
	claims   map[string]*claim // by id
	accepted int
	refuted  int
	asked    int
	failed   []string
}

// claim is what a test knows of one.
type claim struct {
	name string
	from uint64
	book *disputetest.Book
	lie  string
}

// machine is an account with its service; away is for how many blocks it does nothing.
type machine struct {
	*world
	name    string
	service *referee.Service
	away    int
}

func newWorld(tb testing.TB, seed int64, faults bool) *world {
	tb.Helper()
	w := &world{
		Ledger: ledgertest.Start(tb), tb: tb, random: rand.New(rand.NewSource(seed)), faults: faults, claims: map[string]*claim{},
		training: disputetest.New(tb, disputetest.Tiny(), steps, segment, 1),
	}
	w.honest = w.training.Honest(tb)
	w.queries = keeper.NewQueryServer(w.Referee)
	ledgertest.Must(tb, w.Referee.Handle(kind, w))
	w.rules()
	var err error
	w.job, err = w.Referee.EnterJob(w.Ctx, w.training.Job)
	ledgertest.Must(tb, err)
	w.seat = w.Seat(tb)
	for _, name := range []string{"dora", "dina", "anna", "axel", "ada", "carl"} {
		w.Fund(tb, ledgertest.Account(name), 1_000*bond)
		m := &machine{world: w, name: name}
		m.restart()
		w.machines = append(w.machines, m)
	}
	for _, name := range []string{"payer", "mary", "mike"} {
		w.Fund(tb, ledgertest.Account(name), 1_000_000*bond)
	}
	for _, name := range []string{"anna", "axel", "ada"} {
		_, err := w.Send(&rules.MsgEnlist{Auditor: text(name), Bond: math.NewInt(bond)})
		ledgertest.Must(tb, err)
	}
	w.Advance(1, time.Second)
	return w
}

func (w *world) rules() {
	p := rules.DefaultParams()
	p.Window, p.Audit = rules.Span{Blocks: 12, Seconds: 60}, rules.Span{Blocks: 20, Seconds: 120}
	p.Side, p.Answer = rules.Span{Blocks: 80, Seconds: 600}, rules.Span{Blocks: 20, Seconds: 120}
	p.AuditBps, p.AuditsMax, p.ChallengesMax = 5_000, 64, 64
	p.AuditorBond, p.ChallengeBond, p.QuestionFee = math.NewInt(bond), math.NewInt(bond), math.NewInt(bond/10)
	ledgertest.Must(w.tb, p.Validate())
	ledgertest.Must(w.tb, w.Referee.Params.Set(w.Ctx, p))
}

func text(name string) string { return ledgertest.Text(ledgertest.Account(name)) }

// block ends the block and begins the next one, with the seat's proof where a round is open.
func (w *world) block(d time.Duration) {
	w.tb.Helper()
	w.Schedule.EndBlock(w.Ctx)
	entry := w.seat.Entry(w.tb)
	w.Advance(1, d)
	w.Beacon.PreBlock(w.Ctx, entry)
}

// enter is a claim of a defender's book.
func (w *world) enter(defender, lie string, n int) {
	w.tb.Helper()
	from := uint64(w.random.Intn(steps/segment) * segment)
	c := &claim{name: fmt.Sprint(n), from: from, book: w.honest, lie: lie}
	if lie != "" {
		c.book = w.training.Lie(w.tb, w.honest, lie, int(from)+w.random.Intn(segment), w.random.Int63())
	}
	id, err := w.Referee.EnterClaim(w.Ctx, rules.Entry{
		Kind: kind, Name: []byte(c.name), Defender: text(defender), Payer: text("payer"), Job: w.job, From: from, To: from + segment,
		Before: c.book.Root(from), After: c.book.Root(from + segment), Fee: math.NewInt(bond / 100),
	})
	ledgertest.Must(w.tb, err)
	w.claims[string(id)] = c
}

// Accepted is the module's handler.
func (w *world) Accepted(_ context.Context, name []byte) error {
	w.accepted++
	return w.ended(name, func(c *claim) bool { return c.lie != "" }, "accepted")
}

// Refuted is the module's handler.
func (w *world) Refuted(_ context.Context, name []byte, _ sdk.AccAddress) error {
	w.refuted++
	return w.ended(name, func(c *claim) bool { return c.lie == "" }, "refuted")
}

func (w *world) ended(name []byte, wrong func(*claim) bool, how string) error {
	id := string(rules.ClaimID(kind, name))
	if c := w.claims[id]; wrong(c) {
		w.failed = append(w.failed, fmt.Sprintf("claim %s (lie %q) was %s", name, c.lie, how))
	}
	delete(w.claims, id)
	return nil
}

// restart is a process that has forgotten everything.
func (m *machine) restart() {
	var err error
	m.service, err = referee.New(referee.Config{
		Ledger: m, Address: text(m.name), Work: m, Pick: m.random.Intn, Logger: slog.New(slog.DiscardHandler),
	})
	ledgertest.Must(m.tb, err)
}

// Book is the machine's own: a defender has what it claims, an auditor computes the truth, if it gets the state.
func (m *machine) Book(_ context.Context, c rules.Claim, _ trace.Job) (referee.Book, error) {
	known := m.claims[string(c.ID())]
	if c.Defender == text(m.name) {
		return known.book.At(known.from), nil
	}
	if m.faults && m.random.Intn(6) == 0 {
		return nil, referee.ErrState
	}
	return m.honest.At(known.from), nil
}

// Duties reads the ledger, if it can be reached.
func (m *machine) Duties(_ context.Context, address string, role rules.Role) ([]rules.QueryClaimResponse, error) {
	if m.faults && m.random.Intn(20) == 0 {
		return nil, errAway
	}
	answer, err := m.queries.Duties(m.Ctx, &rules.QueryDutiesRequest{Address: address, Role: role})
	if err != nil {
		return nil, err
	}
	return answer.Claims, nil
}

// Job reads the ledger.
func (m *machine) Job(context.Context, []byte) (trace.Job, error) { return m.training.Job, nil }

// Submit sends, unless the message is lost, or its answer is.
func (m *machine) Submit(_ context.Context, msgs ...sdk.Msg) (client.TxResult, error) {
	fault := 9
	if m.faults {
		fault = m.random.Intn(10)
	}
	if fault == 0 {
		return client.TxResult{}, errLost
	}
	for _, msg := range msgs {
		if _, err := m.Send(msg); err != nil {
			return client.TxResult{}, err
		}
		if _, is := msg.(*rules.MsgAsk); is {
			m.asked++
		}
	}
	if fault == 1 {
		return client.TxResult{}, errLost
	}
	return client.TxResult{}, nil
}

// WatchBlocks is not used: blocks are made by hand.
func (m *machine) WatchBlocks(context.Context) <-chan client.Block { return nil }

// act lets all machines do what is due, with their faults.
func (w *world) act() {
	w.tb.Helper()
	for _, m := range w.machines {
		if w.faults {
			switch {
			case m.away > 0:
				m.away--
				continue
			case w.random.Intn(60) == 0:
				m.away = w.random.Intn(8)
			case w.random.Intn(10) == 0:
				m.restart()
			}
		}
		if err := m.service.Step(w.tb.Context()); err != nil && !errors.Is(err, errAway) {
			w.tb.Fatal(err)
		}
	}
}
