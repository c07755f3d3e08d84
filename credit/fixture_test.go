package credit_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"cosmossdk.io/math"

	service "ayni.example/credit"
	"ayni.example/receipt"
)

const (
	payerAddress = "ayni1payer"
	payeeAddress = "ayni1payee"
	slice        = 1000
	inputPrice   = 10
	outputPrice  = 30
	jobLimit     = 50_000
)

// world is a payer and a payee with their stores, and a ledger between them.
type world struct {
	t        testing.TB
	ctx      context.Context //nolint:containedctx // it is the life of the world
	ledger   *fakeLedger
	random   *rand.Rand
	session  ed25519.PrivateKey
	receipts ed25519.PrivateKey
	policy   service.Policy
	model    receipt.Digest // that jobs are answered by

	payerPath, payeePath   string
	payerStore, payeeStore *service.Store
	payer                  *service.Payer
	payee                  *service.Payee
	nudged                 int
}

func newWorld(tb testing.TB, seed uint64) *world {
	tb.Helper()
	w := &world{
		t: tb, ctx: context.Background(), ledger: newFakeLedger(), random: newRandom(seed),
		session: newKey(1), receipts: newKey(2), model: receipt.Digest{0xaa},
		policy: service.Policy{Deposit: math.NewInt(200_000), DepositMax: math.NewInt(1_000_000_000), Lanes: 4},
	}
	folder := tb.TempDir()
	w.payerPath, w.payeePath = filepath.Join(folder, "payer.db"), filepath.Join(folder, "payee.db")
	w.ledger.balances[payerAddress] = math.NewInt(100_000_000)
	w.startPayer()
	w.startPayee()
	tb.Cleanup(func() {
		must(tb, w.payerStore.Close())
		must(tb, w.payeeStore.Close())
	})
	return w
}

// clock is the ledger's time: nothing in these tests depends on the machine's.
func (w *world) clock() time.Time {
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	return w.ledger.now
}

func (w *world) startPayer() {
	w.t.Helper()
	var err error
	w.payerStore, err = service.OpenStore(w.ctx, w.payerPath)
	must(w.t, err)
	w.payer, err = service.NewPayer(service.PayerConfig{
		Store: w.payerStore, Ledger: w.ledger, ChainID: chainID, Address: payerAddress, Session: w.session,
		Policy: w.policy, Clock: w.clock, Logger: silent(),
	})
	must(w.t, err)
}

func (w *world) startPayee() {
	w.t.Helper()
	var err error
	w.payeeStore, err = service.OpenStore(w.ctx, w.payeePath)
	must(w.t, err)
	w.payee, err = service.NewPayee(service.PayeeConfig{
		Store: w.payeeStore, Ledger: w.ledger, ChainID: chainID, Address: payeeAddress, Receipt: w.receipts,
		Clock: w.clock, Logger: silent(), Nudge: func() { w.nudged++ },
	})
	must(w.t, err)
}

func (w *world) crashPayer() {
	w.t.Helper()
	must(w.t, w.payerStore.Close())
	w.startPayer()
}

func (w *world) crashPayee() {
	w.t.Helper()
	must(w.t, w.payeeStore.Close())
	w.startPayee()
}

func (w *world) keys() []receipt.Key { return []receipt.Key{receipt.PublicKey(w.receipts)} }

// wantAt is a lane to a payee for an answer of the world's model.
func (w *world) wantAt(payee string, most math.Int) service.Want {
	return service.Want{Payee: payee, Keys: w.keys(), Model: w.model, Most: most}
}

func (w *world) lane() *service.PayerLane {
	w.t.Helper()
	lane, err := w.payer.Lane(w.ctx, w.wantAt(payeeAddress, math.NewInt(jobLimit)))
	must(w.t, err)
	return lane
}

// session is one job under way: both ends of a lane.
type session struct {
	w       *world
	payer   *service.PayerLane
	payee   *service.PayeeLane
	terms   service.Terms
	resumed service.Resumed
	usage   receipt.Usage
}

// start goes as far as the first voucher may be sent.
func (w *world) start(request string) *session {
	w.t.Helper()
	s := &session{w: w, payer: w.lane(), terms: w.terms(request)}
	must(w.t, s.begin())
	return s
}

// begin is what both sides do before the first voucher, in their order.
func (s *session) begin() error {
	var err error
	if s.payee, s.resumed, err = s.w.payee.Resume(s.w.ctx, s.payer.Open(s.terms.RequestID)); err != nil {
		return err
	}
	if err := s.payer.Adopt(s.w.ctx, s.resumed); err != nil {
		return err
	}
	if err := s.payee.Begin(s.w.ctx, job(s.terms)); err != nil {
		return err
	}
	return s.payer.Begin(s.w.ctx, s.terms)
}

// pay promises so much for the job in all, and hands it over.
func (s *session) pay(amount int64) error {
	v, err := s.payer.Voucher(s.w.ctx, s.payer.Base().AddRaw(amount), s.usage)
	if err != nil {
		return err
	}
	_, err = s.payee.Accept(s.w.ctx, v)
	return err
}

// finish ends the job with its receipt and final voucher.
func (s *session) finish() (receipt.Receipt, error) {
	r, err := s.payee.Complete(s.w.ctx, done(s.terms, s.usage))
	if err != nil {
		return r, err
	}
	final, err := s.payer.Complete(s.w.ctx, r)
	if err != nil {
		return r, err
	}
	return r, s.payee.Settle(s.w.ctx, final)
}

func (s *session) release() {
	s.payer.Release()
	if s.payee != nil {
		s.payee.Release()
	}
}

// serve runs a whole job of a prompt of 20 and n tokens.
func (w *world) serve(request string, n uint64) receipt.Receipt {
	w.t.Helper()
	s := w.start(request)
	defer s.release()
	must(w.t, s.pay(20*inputPrice))
	s.usage = receipt.Usage{Prompt: 20, Completion: n}
	must(w.t, s.pay(20*inputPrice+int64(n/2)*outputPrice))
	r, err := s.finish()
	must(w.t, err)
	return r
}

func (w *world) terms(request string) service.Terms {
	w.t.Helper()
	var salt receipt.Salt
	var quote receipt.QuoteID
	for i := range salt {
		salt[i] = byte(w.random.Uint32())
	}
	for i := range quote {
		quote[i] = byte(w.random.Uint32())
	}
	id, err := receipt.NewID(randomReader{w.random})
	must(w.t, err)
	return service.Terms{
		RequestID: request, Receipt: id, Quote: quote, Salt: salt, Request: salt.Request([]byte(request)), Model: "starter", ModelDigest: w.model.String(),
		Price: receipt.Price{Input: math.NewInt(inputPrice), Output: math.NewInt(outputPrice)},
		Slice: math.NewInt(slice), Limit: math.NewInt(jobLimit),
	}
}

// job is what the payee knows of the same terms.
func job(terms service.Terms) service.Job {
	return service.Job{
		Prompt: 20, Limit: terms.Limit,
		Draft: receipt.Receipt{
			ID: terms.Receipt, RequestID: terms.RequestID, Quote: terms.Quote, SaltDigest: terms.Salt.Digest(), Request: terms.Request,
			Model: terms.Model, ModelDigest: terms.ModelDigest, Engine: "test", Sampling: json.RawMessage(`{}`),
			Price: terms.Price, Assurance: receipt.Signed, ReadableBy: []string{payerAddress, payeeAddress},
			StartedMS: 1_790_000_000_000,
		},
	}
}

func done(terms service.Terms, usage receipt.Usage) service.Done {
	return service.Done{Answer: terms.Salt.Answer([]byte("text")), Usage: usage, Metered: receipt.MeteredReported, Finish: "stop"}
}

// audit recomputes both stores and returns the sums of all lanes.
func (w *world) audit() (payer, payee sums) {
	w.t.Helper()
	return auditStore(w.t, w.payerStore, service.AsPayer), auditStore(w.t, w.payeeStore, service.AsPayee)
}

type sums struct {
	promised, receipts, open, claimed math.Int
	count                             uint64
}

func auditStore(tb testing.TB, store *service.Store, role service.Role) sums {
	tb.Helper()
	s := sums{math.ZeroInt(), math.ZeroInt(), math.ZeroInt(), math.ZeroInt(), 0}
	lanes, err := store.Audit(context.Background(), role)
	must(tb, err)
	for _, l := range lanes {
		s.promised, s.receipts = s.promised.Add(l.Cumulative), s.receipts.Add(l.Total)
		s.open, s.claimed, s.count = s.open.Add(l.Open), s.claimed.Add(l.Claimed), s.count+l.Receipts
	}
	return s
}

type randomReader struct{ *rand.Rand }

func (r randomReader) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return len(b), nil
}

func newKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(append(make([]byte, ed25519.SeedSize-1), n))
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func wantError(tb testing.TB, err, want error) {
	tb.Helper()
	if !errors.Is(err, want) {
		tb.Fatalf("got error %v, want %v", err, want)
	}
}

func wantAmount(tb testing.TB, what string, got math.Int, want int64) {
	tb.Helper()
	if !got.Equal(math.NewInt(want)) {
		tb.Fatalf("%s is %s, want %d", what, got, want)
	}
}

func request(n int) string { return fmt.Sprintf("request-%d", n) }

func newRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
