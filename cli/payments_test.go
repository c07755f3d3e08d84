package cli_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/credit/topup"
	"ayni.example/web/operator"
)

type topupOrder struct {
	Number, Key, Sum, Credits, By, State string
	Ask                                  struct{ Text, Link string }
}

type topupEntry struct{ Key, Sum, Outcome, Credits, Before, After, Payment string }

// TestPayments runs every command of prices and top-ups on a home whose gateway runs.
func TestPayments(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	const secret = "whsec_of_a_stand_in_service"
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"topup.secret": secret,
		"topup.yaml":   "rates: {EUR: \"100\"}\ninvoice: {pay_to: Example Ltd}\nwebhook:\n  secret_file: topup.secret\n  link: https://pay.example/?order={order}\n",
	} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("AYNI_HOME", home)
	if code, _, stderr := call(t, "payments", "topup", "list"); code == 0 || !strings.Contains(stderr, "hint: `ayni up`") {
		t.Errorf("before anything ran: %d %s", code, stderr)
	}
	url, stop := start(t, home)
	defer stop()
	t.Run("prices", func(t *testing.T) { prices(t, url) })
	var key operator.Key
	run(t, &key, "key", "create", "--name", "a customer", "--budget", "0")

	var invoice, order topupOrder
	run(t, &invoice, "payments", "topup", "order", key.ID, "20.00 EUR")
	if _, text, _ := call(t, "payments", "topup", "order", key.ID, "1.00 EUR"); !strings.Contains(text, "Example Ltd") || !strings.Contains(text, "Sum: 1.00 EUR") {
		t.Errorf("invoice:\n%s", text)
	}
	if code, _, stderr := call(t, "payments", "topup", "paid", invoice.Number, "2.00 EUR"); code != 1 || !strings.Contains(stderr, "is of 20.00 EUR") || !strings.Contains(stderr, "hint: nothing was credited") {
		t.Errorf("wrong sum: %d %s", code, stderr)
	}
	var entry topupEntry
	run(t, &entry, "payments", "topup", "paid", invoice.Number, "20.00 EUR")
	run(t, nil, "payments", "topup", "paid", invoice.Number, "20.00 EUR")
	if entry.After != "2000000000000000000000" || entry.Key != key.ID {
		t.Errorf("%+v", entry)
	}

	run(t, &order, "payments", "topup", "order", key.ID, "5.00 EUR", "--by", "webhook")
	if order.Ask.Link != "https://pay.example/?order="+order.Number {
		t.Errorf("%+v", order)
	}
	for range 2 { // the running gateway takes what another process ordered
		if status := report(t, url, secret, order.Number, "cs_1", 500); status != http.StatusOK {
			t.Fatalf("report: %d", status)
		}
	}
	if status := report(t, url, "whsec_of_somebody_else", order.Number, "cs_2", 500); status != http.StatusUnauthorized {
		t.Errorf("forged report: %d", status)
	}
	if status := report(t, url, secret, "2020-0001", "cs_3", 500); status != http.StatusOK {
		t.Errorf("report of no order: %d", status)
	}
	var orders []topupOrder
	var entries, refused []topupEntry
	run(t, &orders, "payments", "topup", "list", "--key", key.ID)
	run(t, nil, "payments", "topup", "cancel", orders[1].Number) // the second invoice
	run(t, &entries, "payments", "topup", "entries", "--key", key.ID)
	run(t, &refused, "payments", "topup", "refused")
	var keys []operator.Key
	run(t, &keys, "key", "list")
	if len(orders) != 3 || len(entries) != 2 || len(refused) != 1 || len(keys) != 1 || keys[0].Budget != "2500" {
		t.Fatalf("%+v\n%+v\n%+v\n%+v", orders, entries, refused, keys)
	}
	for line, says := range map[string]string{
		"order k-nobody 5.00_EUR":                 "hint: `ayni key list`",
		"order " + key.ID + " 5.00_EUR --by card": "hint: write how money comes",
		"order " + key.ID + " much":               "is no sum",
		"cancel 2020-0001":                        "hint: `ayni payments topup list`",
		"cancel " + invoice.Number:                "is paid already",
	} {
		args := strings.Fields(line)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "_", " ")
		}
		if code, _, stderr := call(t, append([]string{"payments", "topup"}, args...)...); code == 0 || !strings.Contains(stderr, says) {
			t.Errorf("ayni payments topup %s: %d %s", line, code, stderr)
		}
	}
}

// prices sets, lists and removes what a route costs; the gateway asks for it within a second.
func prices(t *testing.T, url string) {
	t.Helper()
	run(t, nil, "payments", "price", "/v1/chat/completions", "--amount", "0.05")
	run(t, nil, "payments", "price", "/v1/messages", "--amount", "0.05", "--input", "0.000001", "--output", "0.000002")
	var file struct {
		Prices []struct{ Path, Scheme, Amount string }
	}
	run(t, &file, "payments", "list")
	if len(file.Prices) != 2 || file.Prices[0].Scheme != "exact" || file.Prices[1].Scheme != "upto" {
		t.Errorf("%+v", file)
	}
	asked := 0
	for deadline := time.Now().Add(10 * time.Second); asked != http.StatusPaymentRequired && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		asked = post(t, url+"/v1/chat/completions", `{"model":"x","messages":[]}`, "")
	}
	if asked != http.StatusPaymentRequired {
		t.Errorf("a priced route answers %d", asked)
	}
	run(t, nil, "payments", "remove", "/v1/messages")
	for line, says := range map[string]string{
		"remove /v1/messages":                     "hint: `ayni payments list`",
		"price /v1/chat/completions":              "a price is more than nothing",
		"price nowhere --amount 1":                "path",
		"price /v1/chat/completions --amount -1":  "no amount of credits",
		"price /wallet/x --amount 1 --input many": "no amount of credits",
	} {
		if code, _, stderr := call(t, append([]string{"payments"}, strings.Fields(line)...)...); code == 0 || !strings.Contains(stderr, says) {
			t.Errorf("ayni payments %s: %d %s", line, code, stderr)
		}
	}
	var paid []json.RawMessage
	run(t, &paid, "payments", "show")
	if len(paid) != 0 {
		t.Errorf("nobody paid: %s", paid)
	}
}

// report sends a report as a payment service does; no service is real here.
func report(tb testing.TB, url, secret, order, session string, minor int) int {
	tb.Helper()
	body, err := json.Marshal(map[string]any{
		"id": "evt_" + session, "type": "checkout.session.completed",
		"data": map[string]any{"object": map[string]any{
			"id": session, "payment_status": "paid", "amount_total": minor, "currency": "eur", "client_reference_id": order,
		}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return post(tb, url+"/topup/webhook", string(body), topup.Sign([]byte(secret), body, time.Now()))
}

func post(tb testing.TB, url, body, signature string) int {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if signature != "" {
		r.Header.Set("Stripe-Signature", signature)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	return answer.StatusCode
}
