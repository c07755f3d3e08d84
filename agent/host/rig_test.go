package host_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	_ "modernc.org/sqlite"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/agent/charter"
	"ayni.example/agent/host"
	"ayni.example/artifact"
	"ayni.example/client"
	"ayni.example/credit/x402"
	"ayni.example/internal/clock"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/testchain"
	"ayni.example/x/agent"
	"ayni.example/x/provider"
)

// Accounts of the rig: the owner, the seller, a stranger, and then the hosts.
const (
	owner = iota
	seller
	mallory
	firstHost
)

// rig is a real ledger with hosts on it, which are goroutines that can be killed at any step, and a shop that sells by x402.
type rig struct {
	tb    testing.TB
	chain *testchain.Chain
	net   *network
	hosts []*machine
	shop  *httptest.Server
	owner *age.X25519Identity

	mu    sync.Mutex
	given map[string]int // answers of the shop, by path
}

const price = 1_000_000

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func newRig(tb testing.TB, hosts int) *rig {
	tb.Helper()
	if testing.Short() {
		tb.Skip("starts a ledger")
	}
	r := &rig{tb: tb, chain: testchain.New(tb, testchain.Config{Accounts: firstHost + hosts, IdleInterval: 100 * time.Millisecond}), net: &network{blobs: map[artifact.Digest][]byte{}}, given: map[string]int{}}
	r.seat()
	var err error
	r.owner, err = age.GenerateX25519Identity()
	must(tb, err)
	r.openShop()
	for i := range hosts {
		r.addHost(firstHost + i)
	}
	return r
}

// seat gives the beacon the validator's key once something is to be drawn, as a home does.
func (r *rig) seat() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	r.tb.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if m, err := r.chain.Node.BeaconRegistration(r.chain.Address(owner)); err == nil && m != nil {
				_, _ = r.chain.Client(owner).Submit(ctx, m)
			}
			time.Sleep(30 * time.Millisecond)
		}
	}()
}

func (r *rig) submit(account int, msgs ...sdk.Msg) client.TxResult {
	r.tb.Helper()
	res, err := r.chain.Client(account).Submit(context.Background(), msgs...)
	must(r.tb, err)
	return res
}

// addHost registers a provider and host; it does not run yet.
func (r *rig) addHost(account int) {
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	must(r.tb, err)
	id, err := peer.IDFromPrivateKey(key)
	must(r.tb, err)
	receipt, _, err := ed25519.GenerateKey(rand.Reader)
	must(r.tb, err)
	r.submit(account, &provider.MsgRegister{
		Address: r.chain.Address(account), Name: fmt.Sprintf("host %d", account), ReceiptKey: receipt, PeerId: id.String(),
		Endpoints: []string{"/ip4/192.0.2.1/tcp/4001"}, Capabilities: []string{"inference"}, Bond: testchain.Credits(2),
	})
	secret, err := age.GenerateX25519Identity()
	must(r.tb, err)
	m := &machine{rig: r, account: account, key: secret, dir: r.tb.TempDir(), model: &standIn{}}
	r.hosts = append(r.hosts, m)
	h, err := host.New(m.config(&life{}))
	must(r.tb, err)
	must(r.tb, h.Register(context.Background()))
}

// openShop sells answers at /paid/ for a fixed price; what it gives for each path is counted.
func (r *rig) openShop() {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.tb.TempDir(), "shop.db")+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")
	must(r.tb, err)
	r.tb.Cleanup(func() { _ = db.Close() })
	prices := []x402.Price{{Path: "/paid/*", Scheme: x402.Exact, Amount: math.NewInt(price)}}
	s, err := x402.New(r.tb.Context(), x402.Config{
		Ledger: r.chain.Client(seller), DB: db, Prices: func() []x402.Price { return prices }, Now: clock.System, Logger: slog.New(slog.DiscardHandler),
	})
	must(r.tb, err)
	goods := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		r.given[q.URL.Path]++
		r.mu.Unlock()
		_, _ = fmt.Fprintf(w, "sold %s", q.URL.Path)
	})
	r.shop = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if !s.Priced(q) || !s.Serve(w, q, goods) {
			goods(w, q)
		}
	}))
	r.tb.Cleanup(r.shop.Close)
}

// plan is a charter that a test changes.
func (r *rig) plan(change func(*charter.Plan)) charter.Plan {
	r.tb.Helper()
	p, err := charter.Parse("agent.yaml", []byte(strings.NewReplacer("SHOP", r.shop.URL, "READER", r.owner.Recipient().String()).Replace(agentYAML)))
	must(r.tb, err)
	if change != nil {
		change(&p)
	}
	return p
}

const agentYAML = `
name: Buyer
prompt: Buy one thing each time, and pay the baker.
model: {name: stand-in, calls: text}
steps: 6
memory: {bytes: 8KiB, turns: 3}
readers: [READER]
tools:
  - name: buy
    http: [SHOP/]
    price: 0.00000001
    time: 10s
  - name: balance
    ledger: balance
actions: [pay, reserve]
limits: {per_wake: 1, lifetime: 50, per_wake_cost: 0.01, actions: 8}
lease: {blocks: 1, time: 20s}
`

func (r *rig) create(label string, p charter.Plan) []byte {
	r.tb.Helper()
	c, document, err := host.LedgerCharter(p)
	must(r.tb, err)
	r.net.put(document)
	r.submit(owner, &agent.MsgCreate{
		Sender: r.chain.Address(owner), Label: label, Charter: c, Guardian: r.chain.Address(mallory), Deposit: testchain.Credits(20),
	})
	raw := r.chain.Keys[owner].PubKey().Address()
	return agent.ID(testchain.ChainID, raw, label)
}

// talk wakes an agent by a message.
func (r *rig) talk(id []byte, text string) uint64 {
	r.tb.Helper()
	hosts, err := r.chain.Client(owner).AgentHosts(context.Background())
	must(r.tb, err)
	keys := make([][]byte, 0, len(hosts))
	for _, h := range hosts {
		keys = append(keys, h.Key)
	}
	sealed, err := host.Seal(host.Message{Format: 1, Text: text}, keys, nil)
	must(r.tb, err)
	sum := r.net.put(sealed).Sum()
	var out agent.MsgWakeResponse
	must(r.tb, r.submit(owner, &agent.MsgWake{Sender: r.chain.Address(owner), Agent: id, Message: sum[:], Size_: uint64(len(sealed))}).Response(0, &out))
	return out.Wake
}

// entry waits until a wake-up is over.
func (r *rig) entry(id []byte, wake uint64, within time.Duration) agent.Entry {
	r.tb.Helper()
	for end := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		e, err := r.chain.Client(owner).AgentEntry(context.Background(), id, wake)
		if err == nil {
			return e
		}
		if !errors.Is(err, client.ErrNotFound) || time.Now().After(end) {
			r.tb.Fatalf("wake-up %d is not over: %v\n%s", wake, err, r.dump(id))
		}
	}
}

func (r *rig) decision(e agent.Entry) host.Decision {
	r.tb.Helper()
	d, err := host.ReadDecision(context.Background(), r.net, e.Decision)
	must(r.tb, err)
	return d
}

func (r *rig) answer(d host.Decision) string {
	r.tb.Helper()
	sealed, err := r.net.Fetch(context.Background(), artifact.Digest("sha256:"+d.Answer), 1<<20, "")
	must(r.tb, err)
	var a host.Answer
	must(r.tb, host.Open(sealed, &a, r.owner))
	return a.Text
}

func (r *rig) balance(account int) math.Int {
	r.tb.Helper()
	n, err := r.chain.Client(account).Balance(context.Background(), r.chain.Address(account))
	must(r.tb, err)
	return n
}

// network holds every blob that any machine put: artifacts are found by digest.
type network struct {
	mu    sync.Mutex
	blobs map[artifact.Digest][]byte
}

func (n *network) put(b []byte) artifact.Digest {
	n.mu.Lock()
	defer n.mu.Unlock()
	d := artifact.DigestOf(b)
	n.blobs[d] = b
	return d
}

func (n *network) Put(_ context.Context, b []byte, _ string) (artifact.Digest, error) {
	return n.put(b), nil
}

func (n *network) Fetch(_ context.Context, d artifact.Digest, most int64, _ string) ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	b, ok := n.blobs[d]
	if !ok || int64(len(b)) > most {
		return nil, os.ErrNotExist
	}
	return b, nil
}

func (n *network) Drop(artifact.Digest) error { return nil }

// machine is one host: its account, keys and disk outlive its process.
type machine struct {
	*rig
	account int
	key     *age.X25519Identity
	dir     string
	model   host.Thinker
	alter   func(*host.Config)
}

func (m *machine) config(l *life) host.Config {
	c := host.Config{
		Dir: m.dir, Address: m.chain.Address(m.account), ChainID: testchain.ChainID, Ledger: &mortalLedger{m.chain.Client(m.account), l},
		Artifacts: &mortalNet{m.net, l}, Thinker: &mortalModel{m.model, l}, Payer: host.X402{ChainID: testchain.ChainID, Now: clock.System},
		Key: m.key, Price: math.NewInt(1000), Random: rand.Reader, Now: clock.System, Logger: slog.New(slog.DiscardHandler),
		Every: 30 * time.Millisecond, Most: 8, Register: 24 * time.Hour, Private: true, // shop and pages are on loopback
	}
	if os.Getenv("AGENT_LOG") != "" {
		c.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("host", m.account)
	}
	if m.alter != nil {
		m.alter(&c)
	}
	return c
}

// start runs the host until the test ends or stop is called.
func (m *machine) start() (stop func()) {
	h, err := host.New(m.config(&life{}))
	must(m.tb, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = h.Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	m.tb.Cleanup(stop)
	return stop
}

// standIn stands in for a model that calls tools in text: it does what its script says, or what the last message orders.
type standIn struct {
	script func(step int, r host.Request) string
}

func (s *standIn) Think(_ context.Context, r host.Request) (host.Thought, error) {
	step := 0
	for _, m := range r.Messages {
		if m.Role == "assistant" {
			step++
		}
	}
	if s.script != nil {
		return host.Thought{Text: s.script(step, r)}, nil
	}
	return host.Thought{Text: fmt.Sprintf("done, %x", sha256.Sum256([]byte(fmt.Sprint(r.Seed, r.Messages))))}, nil
}

// errDead is what a killed process hears of the world.
var errDead = errors.New("this process was killed")

// life is that of one process. It ends before or after an effect, as whoever decides says.
type life struct {
	mu   sync.Mutex
	dead bool
	kill func() bool // asked at every step; nil: never
	over func()      // told once
}

func (l *life) step() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.dead && l.kill != nil && l.kill() {
		l.dead = true
		l.over()
	}
	if l.dead {
		return errDead
	}
	return nil
}

type mortalLedger struct {
	*client.Client
	life *life
}

func (m *mortalLedger) Submit(ctx context.Context, msgs ...sdk.Msg) error {
	if err := m.life.step(); err != nil {
		return err
	}
	_, err := m.Client.Submit(ctx, msgs...)
	return errors.Join(err, m.life.step())
}

type mortalNet struct {
	*network
	life *life
}

func (m *mortalNet) Put(ctx context.Context, b []byte, reason string) (artifact.Digest, error) {
	if err := m.life.step(); err != nil {
		return "", err
	}
	d, err := m.network.Put(ctx, b, reason)
	return d, errors.Join(err, m.life.step())
}

func (m *mortalNet) Fetch(ctx context.Context, d artifact.Digest, most int64, reason string) ([]byte, error) {
	if err := m.life.step(); err != nil {
		return nil, err
	}
	return m.network.Fetch(ctx, d, most, reason)
}

type mortalModel struct {
	host.Thinker
	life *life
}

func (m *mortalModel) Think(ctx context.Context, r host.Request) (host.Thought, error) {
	if err := m.life.step(); err != nil {
		return host.Thought{}, err
	}
	t, err := m.Thinker.Think(ctx, r)
	return t, errors.Join(err, m.life.step())
}

// dump tells where an agent stands.
func (r *rig) dump(id []byte) string {
	a, err := r.chain.Client(owner).Agent(context.Background(), id)
	s, _ := r.chain.Client(owner).Status(context.Background())
	return fmt.Sprintf("height %d %v: %+v", s.Height, err, a)
}

// copied lets a test see the session key that a host draws.
type copied struct {
	io.Reader
	key *ethkey.PrivKey
}

func (c *copied) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	if n == 32 {
		c.key.Key = append([]byte(nil), b...)
	}
	return n, err
}

func digestOf(d host.Decision) artifact.Digest { return artifact.Digest("sha256:" + d.Answer) }
