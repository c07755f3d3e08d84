package index_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"ayni.example/index"
)

func TestRedact(t *testing.T) {
	for _, address := range []string{
		"postgres://ayni:secret@host:5432/db", "postgresql://ayni:secret@host/db?sslmode=disable", "postgres://host/db?user=a&password=secret",
		"postgres://a:secret@host:port/db", "postgres://a:secret%zz@host/db", "postgres://host/db?sslpassword=secret",
	} {
		if shown := index.Redact(address); strings.Contains(shown, "secret") || !strings.HasPrefix(shown, "postgres") {
			t.Errorf("%s is shown as %s", address, shown)
		}
		if err := index.CheckAddress(address); err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
	for _, address := range []string{"postgres://a:secret@host:port/db", "postgres://host", "postgres://host/", "mysql://host/db", "postgres://a:secret%zz@host/db"} {
		if index.CheckAddress(address) == nil {
			t.Errorf("%s passes for an address", address)
		}
	}
	if file := "/home/a/index.db"; index.Redact(file) != file {
		t.Error("a file's name is changed")
	}
}

// TestPages walks through lists by cursor and gets everything once.
func pages(t *testing.T, fresh func() string) {
	t.Helper()
	ledger := &scripted{chain: "ayni_1-1", txs: 3, earliest: 1, height: 30}
	x := open(t, ledger, fresh())
	x.caughtUp(t, 30)
	seen := map[string]bool{}
	last := index.Event{Height: 1 << 60}
	for page := (index.Page{Limit: 7}); ; {
		list, err := x.Events(t.Context(), index.EventFilter{Type: "ayni.credit.v1.EventIssued"}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if seen[e.Cursor] || e.Height > last.Height || e.Type != "ayni.credit.v1.EventIssued" {
				t.Fatalf("%+v behind %+v", e, last)
			}
			seen[e.Cursor], last = true, e
		}
		if len(list) < 7 {
			break
		}
		page.Before = last.Cursor
	}
	if len(seen) != 90 {
		t.Errorf("%d events in pages, want 90", len(seen))
	}
	_, account, _ := strings.Cut(string(last.Attributes), `"recipient":"`)
	account, _, _ = strings.Cut(account, `"`)
	about, err := x.Events(t.Context(), index.EventFilter{Subject: account, From: last.Height, To: last.Height}, index.Page{})
	if err != nil || len(about) == 0 {
		t.Errorf("%d events about %s, %v", len(about), account, err)
	}
	for _, e := range about {
		if !strings.Contains(string(e.Attributes), account) || e.Height != last.Height {
			t.Errorf("%+v is not about %s", e, account)
		}
	}
}

func TestRefusedQuestions(t *testing.T) {
	x := open(t, &scripted{chain: "ayni_1-1", earliest: 1, height: 2}, filepath.Join(t.TempDir(), "index.db"))
	x.caughtUp(t, 2)
	now := time.Now()
	for name, ask := range map[string]func() error{
		"cursor": func() error {
			_, err := x.Events(t.Context(), index.EventFilter{}, index.Page{Before: "1.2"})
			return err
		},
		"number": func() error {
			_, err := x.Events(t.Context(), index.EventFilter{}, index.Page{Before: "1.2.x"})
			return err
		},
		"wildcard": func() error {
			_, err := x.Events(t.Context(), index.EventFilter{Subject: "%"}, index.Page{})
			return err
		},
		"account": func() error { _, err := x.History(t.Context(), "nobody", index.Page{}); return err },
		"days": func() error {
			_, err := x.Usage(t.Context(), "a", index.Days{From: now.AddDate(-2, 0, 0), To: now})
			return err
		},
		"backward": func() error {
			_, err := x.Activity(t.Context(), index.Days{From: now, To: now.AddDate(0, 0, -2)})
			return err
		},
	} {
		if err := ask(); err == nil || !strings.Contains(err.Error(), "cannot answer") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTampered changes one column at a time behind the index's back; a check names the block, or the sum.
func tampered(t *testing.T, fresh func() string) {
	t.Helper()
	address := fresh()
	x := open(t, &scripted{chain: "ayni_1-1", txs: 2, earliest: 1, height: 8}, address)
	x.caughtUp(t, 8)
	db := database(t, address)
	for i, change := range []string{
		`UPDATE movements SET amount = '1' WHERE height = 5 AND tx = 0 AND seq = 6`, `UPDATE events SET attributes = '{}' WHERE height = 5`,
		`DELETE FROM touches WHERE height = 5`, `UPDATE txs SET code = 1 WHERE height = 5`, `UPDATE messages SET body = '' WHERE height = 5`,
		`UPDATE blocks SET txs = 9 WHERE height = 5`, `UPDATE daily SET received = '1' WHERE received <> '0'`, `DELETE FROM daily`,
	} {
		if _, err := db.ExecContext(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		r, err := x.Check(t.Context(), 0, 0)
		if err != nil || r.OK() || i < 6 && (len(r.Different) != 1 || r.Different[0] != 5) || i >= 6 && r.WrongDays == 0 {
			t.Errorf("after %s: %+v, %v", change, r, err)
		}
		if err := x.Rebuild(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		x.caughtUp(t, 8)
	}
	x.digest(t)
}

// FuzzDerive feeds hostile transactions and events through an index in memory of the test: nothing panics, and what was written is
// what is read.
func FuzzDerive(f *testing.F) {
	f.Add([]byte{}, "coin_spent", "spender", "5acredit", "log")
	f.Add([]byte{0x0a, 0xff}, "ayni.credit.v1.EventClaimed", "payer", `["\u0000"]`, "\xff")
	raw, _ := scriptedSend(seeded(1))
	f.Add(raw, "transfer", "sender", `{"a":[1e400,{"b":"00112233445566778899aabbccddeeff"}]}`, "")
	ledger := &scripted{chain: "ayni_1-1", earliest: 1, height: 0}
	x := open(f, ledger, filepath.Join(f.TempDir(), "index.db"))
	f.Fuzz(func(t *testing.T, raw []byte, kind, key, value, text string) {
		ledger.mu.Lock()
		ledger.height++
		height := ledger.height
		event := abci.Event{Type: kind, Attributes: []abci.EventAttribute{{Key: key, Value: value}, {Key: "amount", Value: value}, {Key: "msg_index", Value: strconv.Itoa(len(text))}}}
		ledger.tail = map[int64]*block{height: {
			Txs: [][]byte{raw}, Results: []*abci.ExecTxResult{{Code: 1, Log: text, Codespace: key, Events: []abci.Event{event}}}, Events: []abci.Event{event},
		}}
		ledger.mu.Unlock()
		x.caughtUp(t, height)
		if r, err := x.Check(t.Context(), height, height); err != nil || len(r.Different) != 0 || r.Blocks != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
	})
}
