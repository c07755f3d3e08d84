package remote_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
	"ayni.example/inference/remote"
	"ayni.example/inference/serve"
	"ayni.example/inference/serve/servetest"
	"ayni.example/inference/wire"
	"ayni.example/p2p"
	"ayni.example/receipt"
	"ayni.example/x/inference"
)

const (
	payerAddress    = "ayni1payer"
	providerAddress = "ayni1provider"
	priceInput      = 10
	priceOutput     = 3
	sliceTokens     = 8
	patience        = 5 * time.Second // what a silent side gets, unless a test waits for just that
)

func newKey(tb testing.TB) ed25519.PrivateKey {
	tb.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// log shows what both sides said, when the test fails.
func (w *world) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(w.t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func newHost(tb testing.TB, listen ...string) *p2p.Host {
	tb.Helper()
	host, err := p2p.New(p2p.Config{Key: newKey(tb), Listen: listen, Grace: time.Second, Now: time.Now, Logger: quiet()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = host.Close() })
	return host
}

func newStore(tb testing.TB) *credit.Store {
	tb.Helper()
	store, err := credit.OpenStore(tb.Context(), filepath.Join(tb.TempDir(), "ayni.db"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = store.Close() })
	return store
}

// world is a payer and a provider, each with its host and its store, over one ledger.
type world struct {
	t        testing.TB
	ledger   credit.Ledger // the payer's
	sells    credit.Ledger // the provider's, ledger when nil
	payee    *credit.Payee
	chainID  string
	payerAt  string // account addresses
	provAt   string
	engine   *servetest.Numbers
	engines  []engine.Engine
	session  ed25519.PrivateKey
	receipts ed25519.PrivateKey
	payer    *credit.Payer
	backend  *remote.Backend
	client   *p2p.Host
	server   *p2p.Host
	bought   *credit.Store
	sold     *credit.Store
	offer    serve.Offer
	dial     func(*p2p.Stream) (*p2p.Stream, error) // optional: stands between
	serving  sync.WaitGroup
	patience time.Duration
	meter    remote.Meter
	padded   []int32
	salt     receipt.Salt
	proof    time.Duration // that a prediction may take; 0 for the default
	fresh    time.Duration // how old the provider's word of the ledger may be; 0 for the default
}

func newWorld(tb testing.TB, change ...func(*world)) *world {
	tb.Helper()
	w := &world{
		t: tb, ledger: servetest.NewLedger(), chainID: servetest.ChainID, payerAt: payerAddress, provAt: providerAddress,
		patience: patience, engine: servetest.NewNumbers(), session: newKey(tb), receipts: newKey(tb),
		offer: serve.Offer{
			Digest: servetest.Digest, Name: "offered", Model: "numbers",
			Price: receipt.Price{Input: math.NewInt(priceInput), Output: math.NewInt(priceOutput)},
		},
	}
	for _, c := range change {
		c(w)
	}
	if w.sells == nil {
		w.sells = w.ledger
	}
	if w.engines == nil {
		w.engines = []engine.Engine{w.engine}
	}
	w.server, w.client = newHost(tb, "/ip4/127.0.0.1/tcp/0"), newHost(tb)
	w.sold, w.bought = newStore(tb), newStore(tb)
	w.provide()
	w.pay()
	return w
}

// model is what the offer names.
func (w *world) model() receipt.Digest {
	w.t.Helper()
	digest, err := receipt.ParseDigest(w.offer.Digest)
	if err != nil {
		w.t.Fatal(err)
	}
	return digest
}

// provide starts the provider's side; a second call is a restart of its process.
func (w *world) provide() {
	payee, err := credit.NewPayee(credit.PayeeConfig{
		Store: w.sold, Ledger: w.sells, ChainID: w.chainID, Address: w.provAt, Receipt: w.receipts, Clock: time.Now, Logger: w.log(),
		Fresh: w.fresh,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.payee = payee
	server, err := serve.New(serve.Config{
		ChainID: w.chainID, Address: w.provAt, Engines: w.engines, Offers: func() []serve.Offer { return []serve.Offer{w.offer} },
		Limits: serve.Limits{SliceUnits: sliceTokens, Frame: w.patience}, Now: time.Now, Random: rand.Reader, Logger: w.log(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	handler, err := serve.NewHandler(server, payee, w.server.ID())
	if err != nil {
		w.t.Fatal(err)
	}
	w.serving.Wait() // the process before this one has ended
	w.server.Handle(wire.Protocol, p2p.HandlerLimits{PeerBurst: 1 << 20}, func(ctx context.Context, s *p2p.Stream) {
		w.serving.Add(1)
		defer w.serving.Done()
		handler.Handle(ctx, s)
	})
}

// pay starts the payer's side; a second call is a restart of its process.
func (w *world) pay() {
	var err error
	w.payer, err = credit.NewPayer(credit.PayerConfig{
		Store: w.bought, Ledger: w.ledger, ChainID: w.chainID, Address: w.payerAt, Session: w.session,
		Policy: credit.Policy{Deposit: math.NewInt(1_000_000), DepositMax: math.NewInt(100_000_000), Lanes: 4},
		Clock:  time.Now, Logger: w.log(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.backend, err = remote.New(remote.Config{
		Host: between{w.client, w}, Payer: w.payer, Session: w.session, ChainID: w.chainID, Random: rand.Reader, Logger: w.log(), Meter: w.meter,
		Timeouts: remote.Timeouts{Quote: 5 * time.Second, Frame: 5 * time.Second, Idle: 5 * time.Second, Proof: w.proof, Done: 5 * time.Second, Pause: 5 * time.Millisecond},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// between lets a test stand on the payer's streams.
type between struct {
	*p2p.Host
	world *world
}

func (b between) Open(ctx context.Context, peer string, addrs []string, protocol string) (*p2p.Stream, error) {
	stream, err := b.Host.Open(ctx, peer, addrs, protocol)
	if err == nil && b.world.dial != nil {
		return b.world.dial(stream)
	}
	return stream, err
}

func (w *world) route() gateway.Route {
	digest, err := hex.DecodeString(servetest.Digest)
	if err != nil {
		w.t.Fatal(err)
	}
	key := receipt.PublicKey(w.receipts)
	return gateway.Route{
		Provider: w.provAt, Key: key[:], Peer: w.server.ID(), Addrs: w.server.Addrs(),
		Offer: inference.Offer{
			Provider: w.provAt, Model: digest, Name: "offered", PriceInput: math.NewInt(priceInput), PriceOutput: math.NewInt(priceOutput),
		},
	}
}

// job asks for so many tokens; its prompt has three.
func (w *world) job(tokens int) gateway.Job {
	body, err := json.Marshal(map[string]any{"model": "offered", "prompt": "count for me", "max_tokens": tokens})
	if err != nil {
		w.t.Fatal(err)
	}
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		w.t.Fatal(err)
	}
	salt, err := receipt.NewSalt(rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	return gateway.Job{
		RequestID: hex.EncodeToString(id[:]), Endpoint: "/v1/completions", Body: body, Salt: salt, Seed: 7,
		Request:  engine.Request{Kind: engine.Completion, Prompt: "count for me", Options: engine.Options{MaxTokens: &tokens}},
		MaxTotal: math.NewInt(1_000_000), PayerKey: w.payer.Key(), Route: w.route(),
	}
}

// result is what a client of the gateway got.
type result struct {
	text    string
	id      string
	started int
	out     gateway.Outcome
	err     error
}

func (w *world) ask(ctx context.Context, job gateway.Job) result {
	var r result
	r.out, r.err = w.backend.Serve(ctx, job, func(s gateway.Started) error {
		if r.text != "" {
			return errors.New("started after the first chunk")
		}
		r.started++
		r.id = s.ReceiptID
		return nil
	}, func(c engine.Chunk) error {
		r.text += c.Text
		return nil
	})
	return r
}

// total is what an answer of so many tokens costs.
func total(tokens int) math.Int { return math.NewInt(int64(3*priceInput + tokens*priceOutput)) }

// kind asks for an error of a kind; is, when not nil, must be within.
func wantKind(tb testing.TB, err error, kind engine.ErrorKind, is error) {
	tb.Helper()
	if known, ok := errors.AsType[*engine.Error](err); !ok || known.Kind != kind {
		tb.Fatalf("got %v, want kind %s", err, kind)
	}
	if is != nil && !errors.Is(err, is) {
		tb.Fatalf("got %v, want %v within", err, is)
	}
}

// counted runs n jobs side by side.
func counted(n int, run func(int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { run(i) })
	}
	all.Wait()
}

// fake is the ledger in memory.
func (w *world) fake() *servetest.Ledger {
	fake, ok := w.ledger.(*servetest.Ledger)
	if !ok {
		w.t.Fatal("this world stands on a real ledger")
	}
	return fake
}
