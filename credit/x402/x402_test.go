package x402_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	_ "modernc.org/sqlite"

	"cosmossdk.io/math"

	"ayni.example/credit/x402"
	"ayni.example/internal/clock"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/testchain"
)

const chainNumber = 424242

// shop sells answers of its own on a real ledger; every answer is counted.
type shop struct {
	tb     testing.TB
	chain  *testchain.Chain
	server *x402.Server
	path   string
	http   *httptest.Server
	given  atomic.Int64
	broken atomic.Bool
}

func price(scheme string, amount int64) x402.Price {
	p := x402.Price{Method: http.MethodPost, Path: "/" + scheme, Scheme: scheme, Amount: math.NewInt(amount)}
	if scheme == x402.Upto {
		p.Input, p.Output = math.NewInt(1), math.NewInt(10)
	}
	return p
}

func open(tb testing.TB, chain *testchain.Chain, path string) *shop {
	tb.Helper()
	s := &shop{tb: tb, chain: chain, path: path}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")
	must(tb, err)
	tb.Cleanup(func() { _ = db.Close() })
	prices := append([]x402.Price{price(x402.Exact, 1000), price(x402.Upto, 500)}, toolPrices()...)
	s.server, err = x402.New(tb.Context(), x402.Config{
		Ledger: chain.Client(1), DB: db, Prices: func() []x402.Price { return prices }, Now: clock.System, Logger: slog.New(slog.DiscardHandler),
	})
	must(tb, err)
	goods := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := s.given.Add(1)
		if s.broken.Load() {
			http.Error(w, "broken", http.StatusInternalServerError)
			return
		}
		body, _ := io.ReadAll(r.Body)
		x402.PaidBy(r.Context()).Meter.Tokens(5, 2)
		_, _ = fmt.Fprintf(w, "answer %d to %s", n, body)
	})
	s.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.server.Priced(r) || !s.server.Serve(w, r, goods) {
			http.NotFound(w, r)
		}
	}))
	tb.Cleanup(s.http.Close)
	return s
}

func newShop(tb testing.TB) *shop {
	tb.Helper()
	if testing.Short() {
		tb.Skip("starts a ledger")
	}
	return open(tb, testchain.New(tb, testchain.Config{}), filepath.Join(tb.TempDir(), "x402.db"))
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func (s *shop) balance(index int) math.Int {
	s.tb.Helper()
	n, err := s.chain.Client(index).Balance(context.Background(), s.chain.Address(index))
	must(s.tb, err)
	return n
}

// reply is an answer as its client reads it.
type reply struct {
	status  int
	body    string
	header  http.Header
	settled x402.Settled
}

func (s *shop) post(path, body string, header http.Header) reply {
	s.tb.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.http.URL+path, strings.NewReader(body))
	must(s.tb, err)
	maps.Copy(r.Header, header)
	return read(s.tb, http.DefaultTransport, r)
}

func read(tb testing.TB, transport http.RoundTripper, r *http.Request) reply {
	tb.Helper()
	answer, err := transport.RoundTrip(r)
	must(tb, err)
	defer answer.Body.Close() //nolint:errcheck // read
	raw, err := io.ReadAll(answer.Body)
	must(tb, err)
	out := reply{status: answer.StatusCode, body: string(raw), header: answer.Header}
	if text := answer.Header.Get(x402.ResponseHeader); text != "" {
		out.settled, err = x402.DecodeSettled(text)
		must(tb, err)
	}
	return out
}

// signed pays for path with account 2; the nonce is n.
func (s *shop) signed(path string, n byte, change func(*x402.Way, *x402.Payer)) http.Header {
	s.tb.Helper()
	asked := s.post(path, "hello", nil)
	if asked.status != http.StatusPaymentRequired {
		s.tb.Fatalf("unpaid: %d %s", asked.status, asked.body)
	}
	ways, err := x402.Ways(asked.header, chainNumber)
	must(s.tb, err)
	way := ways[0]
	key := s.chain.Keys[2]
	payer := x402.Payer{From: key.PubKey().Address(), Nonce: bytes.Repeat([]byte{n}, 32), Sign: key.SignDigest}
	if change != nil {
		change(&way, &payer)
	}
	header, err := way.Sign(payer, fmt.Sprintf("purchase-number-%03d", n), time.Now())
	must(s.tb, err)
	return header
}

func TestExact(t *testing.T) {
	s := newShop(t)
	before := s.balance(2)
	header := s.signed("/exact", 1, nil)
	first := s.post("/exact", "hello", header)
	if first.status != 200 || first.body != "answer 1 to hello" || !first.settled.Success || first.settled.Amount != "1000" || first.settled.Transaction == "" {
		t.Fatalf("%+v", first)
	}
	if cache := first.header.Get("Cache-Control"); cache != "private, no-store" {
		t.Errorf("cache control %q", cache)
	}
	// the same again is the same answer, another body or route is a conflict; none of them costs or works anew
	if again := s.post("/exact", "hello", header); again.status != 200 || again.body != first.body {
		t.Errorf("again: %+v", again)
	}
	for _, other := range []reply{s.post("/exact", "another", header), s.post("/upto", "hello", header)} {
		if other.status != http.StatusConflict {
			t.Errorf("payment moved to another request: %d %s", other.status, other.body)
		}
	}
	// a second signature for the same purchase is not settled
	resigned := s.signed("/exact", 1, func(_ *x402.Way, p *x402.Payer) { p.Nonce = bytes.Repeat([]byte{99}, 32) })
	if again := s.post("/exact", "hello", resigned); again.status != 200 || again.body != first.body {
		t.Errorf("bought twice: %+v", again)
	}
	if got := before.Sub(s.balance(2)); !got.Equal(math.NewInt(1000)) || s.given.Load() != 1 {
		t.Fatalf("paid %s for %d answers", got, s.given.Load())
	}
}

func TestUptoSettlesWhatWasUsed(t *testing.T) {
	s := newShop(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.server.Run(ctx) }()
	before := s.balance(2)
	got := s.post("/upto", "hello", s.signed("/upto", 2, nil))
	if got.status != 200 || got.settled.Amount != "25" {
		t.Fatalf("%+v", got)
	}
	deadline := time.Now().Add(20 * time.Second)
	for !before.Sub(s.balance(2)).Equal(math.NewInt(25)) {
		if time.Now().After(deadline) {
			t.Fatalf("paid %s, want 25", before.Sub(s.balance(2)))
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.broken.Store(true) // nothing is charged for no answer
	if got := s.post("/upto", "hello", s.signed("/upto", 3, nil)); got.status != 500 || got.settled.Amount != "0" && got.settled.Amount != "" {
		t.Fatalf("%+v", got)
	}
	for !before.Sub(s.balance(2)).Equal(math.NewInt(25)) {
		if time.Now().After(deadline) {
			t.Fatalf("paid %s, want 25", before.Sub(s.balance(2)))
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	must(t, <-ended)
}

// One payment that many requests bring at once buys one answer.
func TestRace(t *testing.T) {
	s := newShop(t)
	other := open(t, s.chain, filepath.Join(t.TempDir(), "other.db")) // another gateway of the same seller; the ledger decides
	before := s.balance(2)
	header := s.signed("/exact", 4, nil)
	replies := make([]reply, 40)
	var wait sync.WaitGroup
	for i := range replies {
		wait.Go(func() {
			at := s
			if i%2 == 1 {
				at = other
			}
			r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, at.http.URL+"/exact", strings.NewReader("hello"))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header[x402.SignatureHeader] = header[x402.SignatureHeader]
			r.Host = "shop"
			replies[i] = read(t, http.DefaultTransport, r)
		})
	}
	wait.Wait()
	given := map[string]int{}
	for _, r := range replies {
		if r.status == 200 {
			given[r.body]++
		}
	}
	// Who submits at the same moment cannot tell the other gateway from somebody who only carried the payment, and owes an answer.
	if s.given.Load() > 1 || other.given.Load() > 1 || s.given.Load()+other.given.Load() == 0 {
		t.Fatalf("%d and %d answers, %v", s.given.Load(), other.given.Load(), given)
	}
	if got := before.Sub(s.balance(2)); !got.Equal(math.NewInt(1000)) {
		t.Fatalf("paid %s", got)
	}
	late := open(t, s.chain, filepath.Join(t.TempDir(), "late.db")) // a gateway of the same seller that never saw the payment
	if got := late.post("/exact", "hello", header); got.status != http.StatusConflict || late.given.Load() != 0 {
		t.Fatalf("a spent payment at another gateway: %d %s", got.status, got.body)
	}
}

func TestRefusals(t *testing.T) {
	s := newShop(t)
	good := func(n byte) x402.Payment {
		p, err := x402.DecodePayment(s.signed("/exact", n, nil).Get(x402.SignatureHeader))
		must(t, err)
		return p
	}
	before := s.balance(1)
	for name, change := range map[string]func(*x402.Payment){
		"wrong network": func(p *x402.Payment) { p.Accepted.Network = "eip155:1" },
		"wrong asset":   func(p *x402.Payment) { p.Accepted.Asset = "0x0000000000000000000000000000000000000001" },
		"wrong amount":  func(p *x402.Payment) { p.Payload.Authorization.Value = "1" },
		"wrong payee":   func(p *x402.Payment) { p.Payload.Authorization.To = ethkey.Hex(s.chain.Keys[0].PubKey().Address()) },
		"forged payer":  func(p *x402.Payment) { p.Payload.Authorization.From = ethkey.Hex(s.chain.Keys[0].PubKey().Address()) },
		"expired":       func(p *x402.Payment) { p.Payload.Authorization.ValidBefore = "1"; s.resign(t, p) },
		"not yet": func(p *x402.Payment) {
			p.Payload.Authorization.ValidAfter = fmt.Sprint(time.Now().Unix() + 60)
			s.resign(t, p)
		},
		"too far ahead": func(p *x402.Payment) {
			p.Payload.Authorization.ValidBefore = fmt.Sprint(time.Now().Unix() + 2*24*3600)
			s.resign(t, p)
		},
		"signed amount 1": func(p *x402.Payment) { p.Payload.Authorization.Value = "1"; s.resign(t, p) },
		"higher s":        func(p *x402.Payment) { p.Payload.Signature = higher(t, p.Payload.Signature) },
		"no signature":    func(p *x402.Payment) { p.Payload.Signature = "" },
		"a sign":          func(p *x402.Payment) { p.Payload.Authorization.Value = "+1000" },
		"another scheme":  func(p *x402.Payment) { p.Accepted.Scheme = x402.Upto },
		"version 1":       func(p *x402.Payment) { p.X402Version = 1 },
	} {
		p := good(50)
		change(&p)
		raw, err := json.Marshal(p)
		must(t, err)
		got := s.post("/exact", "hello", http.Header{x402.SignatureHeader: {base64.StdEncoding.EncodeToString(raw)}})
		if got.status != http.StatusPaymentRequired || got.header.Get(x402.RequiredHeader) == "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if s.given.Load() != 0 || !s.balance(1).Equal(before) {
		t.Fatalf("%d answers were given", s.given.Load())
	}
}

// resign signs what was changed.
func (s *shop) resign(tb testing.TB, p *x402.Payment) {
	tb.Helper()
	p.Payload.Signature = "0x" + strings.Repeat("11", 65)
	order, err := x402.Digest(*p, chainNumber)
	must(tb, err)
	signature, err := s.chain.Keys[2].SignDigest(order)
	must(tb, err)
	p.Payload.Signature = fmt.Sprintf("0x%x", signature)
}

func higher(tb testing.TB, text string) string {
	tb.Helper()
	var raw []byte
	_, err := fmt.Sscanf(text, "0x%x", &raw)
	must(tb, err)
	var n secp256k1.ModNScalar
	n.SetByteSlice(raw[32:64])
	negated := n.Negate().Bytes()
	copy(raw[32:64], negated[:])
	raw[64] ^= 27 ^ 28
	return fmt.Sprintf("0x%x", raw)
}

// A seller that took the money and could not answer gives the answer to whoever asks again.
func TestAnswerAfterCrash(t *testing.T) {
	s := newShop(t)
	s.broken.Store(true)
	header := s.signed("/exact", 6, nil)
	before := s.balance(2)
	if got := s.post("/exact", "hello", header); got.status != 500 {
		t.Fatalf("%+v", got)
	}
	next := open(t, s.chain, s.path) // the same records, as after a restart
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, next.http.URL+"/exact", strings.NewReader("hello"))
	must(t, err)
	r.Header[x402.SignatureHeader], r.Host = header[x402.SignatureHeader], strings.TrimPrefix(s.http.URL, "http://")
	if got := read(t, http.DefaultTransport, r); got.status != 200 || got.body != "answer 1 to hello" {
		t.Fatalf("%+v", got)
	}
	if got := before.Sub(s.balance(2)); !got.Equal(math.NewInt(1000)) {
		t.Fatalf("paid %s", got)
	}
}

func TestClientKeepsItsPolicy(t *testing.T) {
	s := newShop(t)
	budget := math.NewInt(2500)
	paying := func(most int64) *x402.Client {
		c, err := x402.NewClient(x402.ClientConfig{
			Chain: chainNumber, Most: math.NewInt(most), Budget: &budget, Pay: x402.KeyPayer(s.chain.Keys[2]), Now: clock.System,
		})
		must(t, err)
		return c
	}
	ask := func(c *x402.Client, body string) (reply, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.http.URL+"/exact", strings.NewReader(body))
		must(t, err)
		answer, err := c.RoundTrip(r)
		if err != nil {
			return reply{}, err
		}
		defer answer.Body.Close() //nolint:errcheck // read
		raw, err := io.ReadAll(answer.Body)
		return reply{status: answer.StatusCode, body: string(raw)}, err
	}
	if _, err := ask(paying(999), "a"); err == nil || s.given.Load() != 0 {
		t.Fatalf("paid more than the policy allows: %v", err)
	}
	c := paying(1000)
	for _, body := range []string{"a", "b"} {
		if got, err := ask(c, body); err != nil || got.status != 200 || !strings.HasSuffix(got.body, " to "+body) {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if _, err := ask(c, "c"); err == nil {
		t.Fatal("the budget is no bound")
	}
	if got := c.Spent(); !got.Equal(math.NewInt(2000)) {
		t.Fatalf("spent %s", got)
	}
}

// TestStranger has somebody who reads the ledger name a payment of another: neither the answer nor the next try is theirs.
func TestStranger(t *testing.T) {
	s := newShop(t)
	forge := func(header http.Header, change func(*x402.Payment)) http.Header {
		p, err := x402.DecodePayment(header.Get(x402.SignatureHeader))
		must(t, err)
		change(&p)
		raw, err := json.Marshal(p)
		must(t, err)
		return http.Header{x402.SignatureHeader: {base64.StdEncoding.EncodeToString(raw)}}
	}
	named := func(name string) func(*x402.Payment) {
		return func(p *x402.Payment) {
			p.Extensions = map[string]json.RawMessage{"payment-identifier": json.RawMessage(`{"info":{"required":false,"id":"` + name + `"}}`)}
		}
	}
	other := func(p *x402.Payment) { // the stranger's own signature of the same payment
		order, err := x402.Digest(*p, chainNumber)
		must(t, err)
		signature, err := s.chain.Keys[0].SignDigest(order)
		must(t, err)
		p.Payload.Signature = fmt.Sprintf("0x%x", signature)
	}
	paid := s.signed("/exact", 7, nil)
	if got := s.post("/exact", "hello", paid); got.status != 200 {
		t.Fatalf("%+v", got)
	}
	s.broken.Store(true)
	failed := s.signed("/exact", 8, nil)
	if got := s.post("/exact", "hello", failed); got.status != 500 {
		t.Fatalf("%+v", got)
	}
	s.broken.Store(false)
	given := s.given.Load()
	for name, try := range map[string]struct {
		body   string
		header http.Header
	}{
		"the answer, by another key":            {"hello", forge(paid, other)},
		"the answer, without the name":          {"hello", forge(paid, func(p *x402.Payment) { p.Extensions = nil })},
		"the answer, by another name":           {"hello", forge(paid, named("purchase-of-a-stranger"))},
		"the next try, by another key":          {"hello", forge(failed, other)},
		"the next try, for another body":        {"stolen", failed},
		"the next try, by a key for its body":   {"stolen", forge(failed, other)},
		"the next try, by another name":         {"hello", forge(failed, named("purchase-of-a-stranger"))},
		"a name of one with the nonce of other": {"hello", forge(failed, named("purchase-number-007"))},
	} {
		if got := s.post("/exact", try.body, try.header); got.status == http.StatusOK {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if s.given.Load() != given {
		t.Errorf("%d answers were given to strangers", s.given.Load()-given)
	}
	// Its payer has the next try, also for another request, by a signature that nobody has seen.
	before := s.balance(2)
	later := forge(failed, func(p *x402.Payment) {
		p.Payload.Authorization.ValidBefore = fmt.Sprint(time.Now().Unix() + 200)
		s.resign(t, p)
	})
	if got := s.post("/exact", "corrected", later); got.status != 200 || !strings.HasSuffix(got.body, " to corrected") {
		t.Errorf("its payer: %+v", got)
	}
	if !s.balance(2).Equal(before) {
		t.Error("the next try costs")
	}
}
