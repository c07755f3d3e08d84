package index_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"ayni.example/index"
	"ayni.example/internal/testchain"
	"ayni.example/internal/testpostgres"
	"ayni.example/x/credit"
)

// patience bounds every wait of these tests.
const patience = 60 * time.Second

// logbook keeps what was logged.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// running is an index in operation.
type running struct {
	*index.Index
	log  *logbook
	stop func()
}

// start runs an index over a real ledger until the test ends or stop is called.
func start(tb testing.TB, ledger index.Ledger, c *testchain.Chain, database string) *running {
	tb.Helper()
	return run(tb, index.Config{Database: database, Ledger: ledger, Registry: c.Node.App().Encoding.Registry})
}

// open runs an index over a simulated ledger.
func open(tb testing.TB, ledger *scripted, database string) *running {
	tb.Helper()
	return run(tb, index.Config{Database: database, Ledger: ledger, Registry: registry()})
}

func run(tb testing.TB, cfg index.Config) *running {
	tb.Helper()
	r := &running{log: &logbook{}}
	cfg.Look = 5 * time.Millisecond
	cfg.Denom, cfg.Now, cfg.Logger = credit.Denom, time.Now, slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if r.Index, err = index.New(cfg); err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }() // ends with stop
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			tb.Errorf("the index ended: %v", err)
		}
		if err := r.Close(); err != nil {
			tb.Errorf("close the index: %v", err)
		}
	})
	tb.Cleanup(r.stop)
	return r
}

// wait returns once the index shows what is wanted.
func (r *running) wait(tb testing.TB, what string, enough func(index.Status) bool) index.Status {
	tb.Helper()
	deadline := time.Now().Add(patience)
	for {
		s := r.Status(tb.Context())
		if enough(s) {
			return s
		}
		if time.Now().After(deadline) {
			tb.Fatalf("no %s: %+v\n%s", what, s, r.log)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (r *running) caughtUp(tb testing.TB, height int64) index.Status {
	tb.Helper()
	return r.wait(tb, "index at block "+strconv.FormatInt(height, 10), func(s index.Status) bool { return s.Height >= height })
}

// both are the tests that either database must pass.
func both() map[string]func(t *testing.T, fresh func() string) {
	return map[string]func(t *testing.T, fresh func() string){
		"follows": follows, "restored": restored, "dropped": dropped, "foreign": foreign, "newer schema": newerSchema, "hostile": hostile,
		"slow": slow, "pages": pages, "tampered": tampered,
	}
}

func TestSQLite(t *testing.T) {
	for name, do := range both() {
		t.Run(name, func(t *testing.T) {
			do(t, func() string { return filepath.Join(t.TempDir(), "index.db") })
		})
	}
}

func TestPostgres(t *testing.T) {
	server := testpostgres.New(t)
	for name, do := range both() {
		t.Run(name, func(t *testing.T) { do(t, server.Database) })
	}
	t.Run("one writer", func(t *testing.T) { oneWriter(t, server.Database) })
}

// each runs a test that starts processes against an SQLite file and against PostgreSQL.
func each(t *testing.T, do func(t *testing.T, fresh func() string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		do(t, func() string { return filepath.Join(t.TempDir(), "index.db") })
	})
	t.Run("postgres", func(t *testing.T) {
		do(t, testpostgres.New(t).Database)
	})
}

// random is a source from a seed that is printed; AYNI_SEED sets it.
func random(tb testing.TB) *rand.Rand {
	tb.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("AYNI_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			tb.Fatal(err)
		}
	}
	tb.Logf("AYNI_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// work sends n random transactions of all accounts; some are refused.
func work(tb testing.TB, c *testchain.Chain, rng *rand.Rand, n int) int64 {
	tb.Helper()
	var height int64
	for range n {
		from, to := rng.IntN(len(c.Keys)), rng.IntN(len(c.Keys))
		amount := math.NewInt(rng.Int64N(1_000_000) + 1)
		if rng.IntN(2) == 0 {
			amount = amount.MulRaw(1_000_000_000_000)
		}
		var msg sdk.Msg = &banktypes.MsgSend{FromAddress: c.Address(from), ToAddress: c.Address(to), Amount: credit.Coins(amount)}
		switch rng.IntN(4) {
		case 0:
			from = 0
			msg = &credit.MsgIssue{Issuer: c.Address(0), Recipient: c.Address(to), Amount: amount}
		case 1:
			if to == from {
				to = (from + 1) % len(c.Keys)
			}
			msg = &credit.MsgOpenChannel{
				Payer: c.Address(from), Payee: c.Address(to), Deposit: amount.Add(testchain.Credits(1)), Signer: bytes.Repeat([]byte{byte(rng.IntN(256))}, 32),
				ChallengeBlocks: 100, ChallengeSeconds: 3600,
			}
		}
		result, err := c.Client(from).Submit(tb.Context(), msg)
		if err != nil && !strings.Contains(err.Error(), "refused") {
			tb.Fatal(err)
		}
		height = max(height, result.Height)
	}
	return height
}

func follows(t *testing.T, fresh func() string) {
	t.Helper()
	c := testchain.New(t, testchain.Config{Accounts: 4})
	before := balances(t, c)
	live := start(t, c.Client(0), c, fresh())
	height := work(t, c, random(t), 40)
	status := live.caughtUp(t, height)
	if status.First != 1 || status.ChainID != testchain.ChainID || status.Schema == 0 || status.Bytes == 0 {
		t.Errorf("%+v", status)
	}
	report, err := live.Check(t.Context(), 0, 0)
	if err != nil || !report.OK() || report.Derived != report.Blocks || report.Blocks < height || report.Days == 0 {
		t.Fatalf("%+v, %v", report, err)
	}

	second := start(t, c.Client(1), c, fresh())
	second.caughtUp(t, report.To)
	again, err := second.Check(t.Context(), 0, report.To)
	if err != nil || again.Digest != report.Digest || again.Rows != report.Rows {
		t.Fatalf("from nothing %+v, live %+v, %v", again, report, err)
	}
	if err := live.Rebuild(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	live.caughtUp(t, report.To)
	again, err = live.Check(t.Context(), 0, report.To)
	if err != nil || again.Digest != report.Digest {
		t.Fatalf("rebuilt %+v, before %+v, %v", again, report, err)
	}
	movementsGiveBalances(t, c, live, before)
}

func balances(tb testing.TB, c *testchain.Chain) []math.Int {
	tb.Helper()
	list := make([]math.Int, len(c.Keys))
	for i := range c.Keys {
		var err error
		if list[i], err = c.Client(0).Balance(tb.Context(), c.Address(i)); err != nil {
			tb.Fatal(err)
		}
	}
	return list
}

// movementsGiveBalances holds the index to the ledger's own books: what it had at first and all movements are what it has.
func movementsGiveBalances(tb testing.TB, c *testchain.Chain, x *running, before []math.Int) {
	tb.Helper()
	for i, now := range balances(tb, c) {
		byEntry, byDay := before[i], before[i]
		for page := (index.Page{Limit: 7}); ; {
			list, err := x.History(tb.Context(), c.Address(i), page)
			if err != nil {
				tb.Fatal(err)
			}
			for _, e := range list {
				byEntry = byEntry.Add(e.Net)
			}
			if len(list) < page.Limit {
				break
			}
			page.Before = list[len(list)-1].Cursor
		}
		used, err := x.Usage(tb.Context(), c.Address(i), index.Days{From: time.Now().Add(-24 * time.Hour), To: time.Now()})
		if err != nil {
			tb.Fatal(err)
		}
		for _, u := range used {
			byDay = byDay.Add(u.Received).Sub(u.Spent)
		}
		if !byEntry.Equal(now) || !byDay.Equal(now) {
			tb.Errorf("account %d has %s; by history %s, by days %s", i, now, byEntry, byDay)
		}
	}
}
