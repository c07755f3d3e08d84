package topup_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver of the tables

	"cosmossdk.io/math"

	"ayni.example/credit/topup"
	"ayni.example/inference/gateway"
	"ayni.example/internal/clock"
	"ayni.example/internal/home"
)

const secret = "whsec_of_the_stand_in_service"

// desk is a till over the gateway's real keys, with its webhook on loopback.
type desk struct {
	tb   testing.TB
	till *topup.Till
	keys *gateway.Keys
	db   *sql.DB
	path string
	url  string
}

func settings(tb testing.TB) topup.Settings {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "secret")
	must(tb, os.WriteFile(file, []byte(secret+"\n"), 0o600))
	return topup.Settings{
		Rates:   map[string]string{"EUR": "100", "JPY": "0.6"},
		Invoice: &topup.InvoiceSettings{PayTo: "Example Ltd\nIBAN 00 0000"},
		Webhook: &topup.WebhookSettings{SecretFile: file, Link: "https://pay.example/c?client_reference_id={order}&amount={minor}", DueDays: 1},
	}
}

func newDesk(tb testing.TB) *desk {
	tb.Helper()
	return open(tb, filepath.Join(tb.TempDir(), "gateway.db"), settings(tb))
}

func open(tb testing.TB, path string, s topup.Settings) *desk {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)&_txlock=immediate")
	must(tb, err)
	tb.Cleanup(func() { _ = db.Close() })
	keys, err := gateway.OpenKeys(tb.Context(), gateway.KeysConfig{DB: db, Now: clock.System, Random: rand.Reader})
	must(tb, err)
	till, err := topup.New(tb.Context(), topup.Config{DB: db, Keys: keys, Settings: s, Now: clock.System})
	must(tb, err)
	server := httptest.NewServer(till.Reports(topup.WebhookName, slog.New(slog.DiscardHandler)))
	tb.Cleanup(server.Close)
	return &desk{tb, till, keys, db, path, server.URL}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// key makes an API key with a budget in credits, or without one.
func (d *desk) key(budget string) string {
	d.tb.Helper()
	spec := gateway.KeySpec{Name: "a customer"}
	if budget != "" {
		amount, err := home.Credits(budget)
		must(d.tb, err)
		spec.Budget = &amount
	}
	_, key, err := d.keys.Create(d.tb.Context(), spec)
	must(d.tb, err)
	return key.ID
}

// budget is a key's, in credits.
func (d *desk) budget(id string) string {
	d.tb.Helper()
	key, err := d.keys.Key(d.tb.Context(), id)
	must(d.tb, err)
	if key.Budget == nil {
		return ""
	}
	return home.FormatCredits(*key.Budget)
}

func (d *desk) order(key, sum, by string) topup.Order {
	d.tb.Helper()
	s, err := topup.ParseSum(sum)
	must(d.tb, err)
	o, ask, err := d.till.Order(d.tb.Context(), key, s, by)
	must(d.tb, err)
	if ask.Text == "" || (ask.Link == "") != (by == topup.InvoiceName) {
		d.tb.Fatalf("ask %+v", ask)
	}
	return o
}

// audit holds the entries of a key against its budget: from the first budget each entry goes on where the one before ended.
func (d *desk) audit(key, first string) {
	d.tb.Helper()
	entries, err := d.till.Entries(d.tb.Context(), key, 1000)
	must(d.tb, err)
	at, err := home.Credits(first)
	must(d.tb, err)
	for _, e := range slices.Backward(entries) {
		if !e.Before.Equal(at) || !e.After.Equal(at.Add(e.Credits)) || e.Outcome != topup.Credited || e.Key != key {
			d.tb.Fatalf("entry %+v does not go on from %s", e, at)
		}
		at = e.After
	}
	if got := d.budget(key); got != home.FormatCredits(at) {
		d.tb.Fatalf("budget %s, entries say %s", got, home.FormatCredits(at))
	}
}

// standIn is a local stand-in for a payment service, not a real one: it sends reports of checkouts in the form of such a service.
type standIn struct {
	tb     testing.TB
	secret string
	now    func() time.Time
}

func newStandIn(tb testing.TB) standIn {
	tb.Helper()
	return standIn{tb, secret, time.Now}
}

// checkout is what the stand-in reports.
type checkout struct {
	event, kind, session, status, order, currency string
	amount                                        int64
}

func paid(order topup.Order, n int) checkout {
	return checkout{
		event: fmt.Sprintf("evt_%d", n), kind: "checkout.session.completed", session: fmt.Sprintf("cs_%d", n), status: "paid",
		order: order.Number, currency: "eur", amount: order.Sum.Minor,
	}
}

func (c checkout) body(tb testing.TB) []byte {
	tb.Helper()
	raw, err := json.Marshal(map[string]any{
		"id": c.event, "object": "event", "type": c.kind, "livemode": false,
		"data": map[string]any{"object": map[string]any{
			"id": c.session, "object": "checkout.session", "payment_status": c.status, "amount_total": c.amount, "currency": c.currency,
			"client_reference_id": c.order, "metadata": map[string]string{},
		}},
	})
	must(tb, err)
	return raw
}

func (s standIn) report(url string, c checkout) (int, string) {
	s.tb.Helper()
	body := c.body(s.tb)
	return post(s.tb, url, body, topup.Sign([]byte(s.secret), body, s.now()))
}

func post(tb testing.TB, url string, body []byte, signatures ...string) (int, string) {
	tb.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(body))
	must(tb, err)
	r.Header["Stripe-Signature"] = signatures
	answer, err := http.DefaultClient.Do(r)
	must(tb, err)
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	must(tb, err)
	var got struct{ Outcome string }
	if err := json.Unmarshal(raw, &got); err != nil {
		tb.Fatalf("%s: %v", raw, err)
	}
	return answer.StatusCode, got.Outcome
}

func credits(tb testing.TB, text string) math.Int {
	tb.Helper()
	amount, err := home.Credits(text)
	must(tb, err)
	return amount
}
