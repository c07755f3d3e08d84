package index_test

import (
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"ayni.example/index"
	"ayni.example/internal/testchain"
	"ayni.example/internal/testpostgres"
)

// fromNothing is the digest of an index that is made in one go.
func fromNothing(tb testing.TB, ledger *scripted) string {
	tb.Helper()
	x := open(tb, ledger, filepath.Join(tb.TempDir(), "index.db"))
	x.caughtUp(tb, ledger.height)
	digest := x.digest(tb)
	x.stop()
	return digest
}

// digest checks the index and gives what it holds as one hash.
func (r *running) digest(tb testing.TB) string {
	tb.Helper()
	report, err := r.Check(tb.Context(), 0, 0)
	if err != nil || !report.OK() || report.Derived == 0 {
		tb.Fatalf("%+v, %v", report, err)
	}
	return report.Digest
}

// TestKilled kills a process that indexes, again and again, and holds what is left to an index made in one go.
func TestKilled(t *testing.T) {
	if address := os.Getenv("AYNI_TEST_INDEX"); address != "" {
		ledger := &scripted{chain: "ayni_1-1", txs: 3, earliest: 1, height: 1500}
		x := open(t, ledger, address)
		x.caughtUp(t, 1500)
		return
	}
	if testing.Short() {
		t.Skip("starts many processes")
	}
	each(t, func(t *testing.T, fresh func() string) {
		t.Helper()
		rng := random(t)
		ledger := &scripted{chain: "ayni_1-1", txs: 3, earliest: 1, height: 1500}
		address, kills := fresh(), 0
		for attempt := range 30 {
			child := exec.Command(os.Args[0], "-test.run", "^TestKilled$")
			child.Env = append(os.Environ(), "AYNI_TEST_INDEX="+address)
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			timer := time.AfterFunc(time.Duration(50+rng.IntN(300+30*attempt))*time.Millisecond, func() { _ = child.Process.Kill() })
			err := child.Wait()
			timer.Stop()
			if err == nil {
				break
			}
			kills++
		}
		x := open(t, ledger, address)
		status := x.caughtUp(t, 1500)
		t.Logf("%d kills", kills)
		if kills == 0 || status.Height != 1500 || x.digest(t) != fromNothing(t, ledger) {
			t.Errorf("after %d kills %+v", kills, status)
		}
	})
}

// oneWriter lets a second process take over when the first ends.
func oneWriter(t *testing.T, fresh func() string) {
	t.Helper()
	address := fresh()
	ledger := &scripted{chain: "ayni_1-1", txs: 2, earliest: 1, height: 20}
	first := open(t, ledger, address)
	first.caughtUp(t, 20)
	second := open(t, ledger, address)
	status := second.wait(t, "second that waits", func(s index.Status) bool { return s.State == index.Waiting })
	if !strings.Contains(status.Cause, "another process") {
		t.Errorf("%+v", status)
	}
	if list, err := second.Events(t.Context(), index.EventFilter{}, index.Page{Limit: 5}); err != nil || len(list) != 5 {
		t.Errorf("the waiting one answers %d events, %v", len(list), err)
	}
	ledger.set(1, 40, 0)
	first.caughtUp(t, 40)
	first.stop()
	ledger.set(1, 60, 0)
	second.caughtUp(t, 60)
	if second.digest(t) != fromNothing(t, ledger) {
		t.Error("the index differs after the change of writers")
	}
}

// TestRestored follows a ledger whose home came back from an older backup and went another way.
func restored(t *testing.T, fresh func() string) {
	t.Helper()
	ledger := &scripted{chain: "ayni_1-1", txs: 2, earliest: 1, height: 90}
	address := fresh()
	x := open(t, ledger, address)
	x.caughtUp(t, 90)
	x.stop()

	ledger.set(1, 60, 0)
	x = open(t, ledger, address)
	x.wait(t, "index that waits", func(s index.Status) bool { return s.State == index.Waiting && strings.Contains(s.Cause, "ahead") })
	ledger.set(1, 63, 60)
	x.wait(t, "index cut back", func(s index.Status) bool { return s.Height == 63 && s.State == index.Following })
	ledger.set(1, 95, 60)
	x.caughtUp(t, 95)
	if x.digest(t) != fromNothing(t, ledger) {
		t.Error("the index is not that of the ledger's new history")
	}
	ledger.set(1, 97, 94) // under a running index
	x.wait(t, "index cut back while it runs", func(s index.Status) bool { return s.Height == 97 && s.State == index.Following })
	if x.digest(t) != fromNothing(t, ledger) {
		t.Error("the index is not that of the ledger's third history")
	}
}

// TestDropped begins behind blocks that the ledger no longer holds, and says so.
func dropped(t *testing.T, fresh func() string) {
	t.Helper()
	ledger := &scripted{chain: "ayni_1-1", txs: 1, earliest: 11, height: 50}
	address := fresh()
	x := open(t, ledger, address)
	if s := x.caughtUp(t, 50); s.First != 11 || len(s.Gaps) != 0 {
		t.Errorf("%+v", s)
	}
	x.stop()
	ledger.set(80, 100, 0)
	x = open(t, ledger, address)
	s := x.caughtUp(t, 100)
	if len(s.Gaps) != 1 || s.Gaps[0] != (index.Gap{First: 51, Last: 79}) || s.First != 11 {
		t.Errorf("%+v", s)
	}
	r, err := x.Check(t.Context(), 0, 0)
	if err != nil || !r.OK() || r.Blocks != 61 || r.Derived != 21 {
		t.Errorf("%+v, %v", r, err)
	}
	if err := x.Rebuild(t.Context(), false); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("a rebuild that loses blocks: %v", err)
	}
	if err := x.Rebuild(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if s := x.wait(t, "index that begins anew", func(s index.Status) bool { return s.Height == 100 }); s.First != 80 || len(s.Gaps) != 0 {
		t.Errorf("%+v", s)
	}
}

func foreign(t *testing.T, fresh func() string) {
	t.Helper()
	address := fresh()
	x := open(t, &scripted{chain: "ayni_1-1", txs: 1, earliest: 1, height: 5}, address)
	x.caughtUp(t, 5)
	x.stop()
	other := &scripted{chain: "ayni_2-1", txs: 1, earliest: 1, height: 9}
	x = open(t, other, address)
	x.wait(t, "refusal", func(s index.Status) bool {
		return s.State == index.Stopped && strings.Contains(s.Cause, "another network")
	})
	if err := x.Rebuild(t.Context(), false); err == nil || !strings.Contains(err.Error(), "another network") {
		t.Errorf("a rebuild over another network's index: %v", err)
	}
	if err := x.Rebuild(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	x.caughtUp(t, 9)
	if x.digest(t) != fromNothing(t, other) {
		t.Error("rebuilt from another network's index, and different")
	}
}

func newerSchema(t *testing.T, fresh func() string) {
	t.Helper()
	address := fresh()
	ledger := &scripted{chain: "ayni_1-1", txs: 1, earliest: 1, height: 5}
	x := open(t, ledger, address)
	x.caughtUp(t, 5)
	x.stop()
	db := database(t, address)
	if _, err := db.ExecContext(t.Context(), `UPDATE schema_version SET version = version + 1`); err != nil {
		t.Fatal(err)
	}
	ledger.set(1, 9, 0)
	x = open(t, ledger, address)
	s := x.wait(t, "refusal", func(s index.Status) bool { return s.State == index.Stopped })
	if !strings.Contains(s.Cause, "newer program") || s.Height != 0 {
		t.Errorf("%+v", s)
	}
}

func database(tb testing.TB, address string) *sql.DB {
	tb.Helper()
	driver := "sqlite"
	if index.IsPostgres(address) {
		driver = "postgres"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// hostileEvents are what a broken or malicious module might say.
func hostileEvents(height int64) []abci.Event {
	nested := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	many := abci.Event{Type: "many"}
	for i := range 2_000 {
		many.Attributes = append(many.Attributes, abci.EventAttribute{Key: "same", Value: strconv.Itoa(i)})
	}
	texts := []string{
		"", "\x00", "a\x00b", "\xff\xfe", `'; DROP TABLE events; --`, `"`, `\`, `{"a":"\u0000"}`, `"\u0000"`, "\"\xff\"", `1e999`, nested,
		strings.Repeat("x", 1<<20), `"` + strings.Repeat("\xc3", 10_000) + `"`, "%_?$1", "\u2028", strings.Repeat("é", 3_000),
	}
	list := []abci.Event{many, {Type: "\x00\xff" + strings.Repeat("t", 5_000)}, {Type: ""}}
	for _, kind := range []string{"legacy", "ayni.hostile.v1.Event"} {
		for i, text := range texts {
			list = append(list, abci.Event{Type: kind, Attributes: []abci.EventAttribute{
				{Key: "k" + strconv.Itoa(i), Value: text}, {Key: text, Value: "v"}, {Key: "mode", Value: text},
			}})
		}
	}
	for _, text := range texts {
		list = append(list, abci.Event{Type: "coin_spent", Attributes: []abci.EventAttribute{{Key: "spender", Value: text}, {Key: "amount", Value: "5acredit"}}},
			abci.Event{Type: "coin_received", Attributes: []abci.EventAttribute{{Key: "receiver", Value: "x"}, {Key: "amount", Value: text}}},
			abci.Event{Type: "transfer", Attributes: []abci.EventAttribute{{Key: "sender", Value: text}, {Key: "recipient", Value: text}}})
	}
	huge := strings.Repeat("9", 70) + "acredit"
	return append(list, abci.Event{Type: "coin_received", Attributes: []abci.EventAttribute{
		{Key: "receiver", Value: "rich" + strconv.FormatInt(height%2, 10)}, {Key: "amount", Value: huge},
	}})
}

// TestHostile gives both databases the same texts; what they hold in the end is equal, byte by byte.
func hostile(t *testing.T, fresh func() string) {
	t.Helper()
	ledger := &scripted{chain: "ayni_1-1", txs: 1, earliest: 1, height: 6, extra: hostileEvents}
	x := open(t, ledger, fresh())
	x.caughtUp(t, 6)
	if x.digest(t) != fromNothing(t, ledger) { // which is SQLite's
		t.Error("the databases hold different rows")
	}
	list, err := x.Events(t.Context(), index.EventFilter{Type: "legacy"}, index.Page{Limit: 500})
	if err != nil || len(list) != 6*17 {
		t.Errorf("%d events, %v", len(list), err)
	}
	for _, e := range list {
		if len(e.Attributes) > 100<<10 {
			t.Errorf("an event of %d bytes", len(e.Attributes))
		}
	}
}

// TestGoneAndBack takes the database away from under the index of a real ledger, which goes on, and gives it back.
func TestGoneAndBack(t *testing.T) {
	server := testpostgres.New(t)
	c := testchain.New(t, testchain.Config{Accounts: 3})
	x := start(t, c.Client(0), c, server.Database())
	rng := random(t)
	x.caughtUp(t, work(t, c, rng, 3))
	server.Stop()
	began := time.Now()
	height := work(t, c, rng, 10)
	t.Logf("10 transactions in %s without the database", time.Since(began).Round(time.Millisecond))
	x.wait(t, "index that says what is wrong", func(s index.Status) bool { return s.State == index.Stopped && s.LagBlocks > 0 && s.LagSeconds > 0 })
	if _, err := x.History(t.Context(), c.Address(0), index.Page{}); err == nil {
		t.Error("history without a database")
	}
	server.Start()
	x.caughtUp(t, height)
	x.digest(t)
	for what, text := range map[string]string{"log": x.log.String(), "status": x.Status(t.Context()).Database + x.Status(t.Context()).Cause} {
		if strings.Contains(text, server.Password()) {
			t.Errorf("the password is in the %s", what)
		}
	}
}

// TestSlow holds a lock on the tables for a while: the ledger goes on, the index shows how far it is behind, and comes after.
func slow(t *testing.T, fresh func() string) {
	t.Helper()
	c := testchain.New(t, testchain.Config{Accounts: 2})
	address := fresh()
	x := start(t, c.Client(0), c, address)
	rng := random(t)
	x.caughtUp(t, work(t, c, rng, 1))
	conn, err := database(t, address).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range map[bool][]string{
		true: {`BEGIN`, `LOCK TABLE blocks IN EXCLUSIVE MODE`}, false: {`BEGIN IMMEDIATE`},
	}[index.IsPostgres(address)] {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	height := work(t, c, rng, 5)
	x.wait(t, "lag", func(s index.Status) bool { return s.LagBlocks >= 3 })
	if _, err := conn.ExecContext(context.Background(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	x.caughtUp(t, height)
	x.digest(t)
}
