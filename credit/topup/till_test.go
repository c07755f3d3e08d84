package topup_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/credit/topup"
)

// TestInvoice: a transfer of exactly the sum raises the key's budget once, and the key pays requests with it.
func TestInvoice(t *testing.T) {
	d := newDesk(t)
	key := d.key("0")
	if _, err := d.keys.Reserve(t.Context(), key, "r1", credits(t, "1")); err == nil || !strings.Contains(err.Error(), "spent its budget") {
		t.Fatalf("an empty key: %v", err)
	}
	first, second := d.order(key, "20.00 EUR", topup.InvoiceName), d.order(key, "1000 JPY", topup.InvoiceName)
	year := time.Now().UTC().Format("2006")
	if first.Number != year+"-0001" || second.Number != year+"-0002" || !first.Credits.Equal(credits(t, "2000")) || !second.Credits.Equal(credits(t, "600")) {
		t.Fatalf("%+v %+v", first, second)
	}
	for _, sum := range []string{"19.99 EUR", "20.01 EUR", "20.00 USD", "2000 JPY"} {
		came, err := topup.ParseSum(sum)
		must(t, err)
		if e, err := d.till.Confirm(t.Context(), first.Number, came); err == nil {
			t.Errorf("%s for an invoice of 20.00 EUR: %+v", sum, e)
		}
	}
	if got := d.budget(key); got != "0" {
		t.Fatalf("budget %s before anything was paid", got)
	}
	for i := range 3 {
		e, err := d.till.Confirm(t.Context(), first.Number, first.Sum)
		must(t, err)
		if e.Again != (i > 0) || e.Outcome != topup.Credited || d.budget(key) != "2000" {
			t.Fatalf("confirmation %d: %+v, budget %s", i, e, d.budget(key))
		}
	}
	if _, err := d.keys.Reserve(t.Context(), key, "r2", credits(t, "1")); err != nil {
		t.Fatal(err)
	}
	must(t, d.till.Cancel(t.Context(), second.Number))
	must(t, d.till.Cancel(t.Context(), second.Number))
	if _, err := d.till.Confirm(t.Context(), second.Number, second.Sum); err == nil || !strings.Contains(err.Error(), "cancelled") {
		t.Errorf("a cancelled invoice was paid: %v", err)
	}
	if err := d.till.Cancel(t.Context(), first.Number); err == nil {
		t.Error("a paid invoice was cancelled")
	}
	if _, err := d.till.Confirm(t.Context(), "2020-0001", first.Sum); err == nil || !strings.Contains(err.Error(), "no order") {
		t.Errorf("unknown invoice: %v", err)
	}
	if hook := d.order(key, "5.00 EUR", topup.WebhookName); hook.Number != year+"-0003" {
		t.Errorf("number %s", hook.Number)
	} else if _, err := d.till.Confirm(t.Context(), hook.Number, hook.Sum); err == nil {
		t.Error("an order of the payment service was confirmed as an invoice")
	}
	d.audit(key, "0")
}

func TestKeysThatTakeNothing(t *testing.T) {
	d := newDesk(t)
	unbounded, revoked, later := d.key(""), d.key("1"), d.key("1")
	must(t, d.keys.Revoke(t.Context(), revoked))
	sum, err := topup.ParseSum("20.00 EUR")
	must(t, err)
	for _, key := range []string{unbounded, revoked, "k-nobody", ""} {
		if _, _, err := d.till.Order(t.Context(), key, sum, topup.InvoiceName); !errors.Is(err, topup.ErrKey) {
			t.Errorf("key %q: %v", key, err)
		}
	}
	o := d.order(later, "20.00 EUR", topup.InvoiceName)
	must(t, d.keys.Revoke(t.Context(), later)) // after the order, before the money
	if _, err := d.till.Confirm(t.Context(), o.Number, o.Sum); err == nil || d.budget(later) != "1" {
		t.Errorf("a revoked key was credited: %v, budget %s", err, d.budget(later))
	}
	orders, err := d.till.Orders(t.Context(), "", 10)
	must(t, err)
	if len(orders) != 1 || orders[0].State != topup.Open {
		t.Errorf("refused orders leave something: %+v", orders)
	}
}

func TestOrdersAreBounded(t *testing.T) {
	d := newDesk(t)
	key := d.key("1")
	sum, err := topup.ParseSum("1.00 EUR")
	must(t, err)
	for i := range 21 {
		_, _, err := d.till.Order(t.Context(), key, sum, topup.InvoiceName)
		if (err == nil) != (i < 20) {
			t.Fatalf("order %d: %v", i, err)
		}
	}
	d.order(d.key("1"), "1.00 EUR", topup.InvoiceName) // another's are not in its way
	for _, c := range []struct{ sum, by, says string }{
		{"1.00 EUR", "card", "off"}, {"1.00 CHF", topup.InvoiceName, "no credits are sold for CHF"},
	} {
		sum, err := topup.ParseSum(c.sum)
		must(t, err)
		if _, _, err := d.till.Order(t.Context(), key, sum, c.by); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s by %s: %v", c.sum, c.by, err)
		}
	}
}

func TestSum(t *testing.T) {
	for text, minor := range map[string]int64{"20.00 EUR": 2000, "20 EUR": 2000, "0.01 EUR": 1, "1000 JPY": 1000, "1.234 BHD": 1234, "08.5 EUR": 850} {
		s, err := topup.ParseSum(text)
		if err != nil || s.Minor != minor {
			t.Errorf("%s: %+v, %v", text, s, err)
		}
		if again, err := topup.ParseSum(s.String()); err != nil || again != s {
			t.Errorf("%s became %s: %v", text, s, err)
		}
	}
	for _, text := range []string{"", "EUR", "20", "20.000 EUR", "20. EUR", ".5 EUR", "-1 EUR", "+1 EUR", "1e3 EUR", "0 EUR", "20 eur", "20 EURO", "1.5 JPY", "20.00  EUR", "9999999999999 EUR", "20,00 EUR"} {
		if s, err := topup.ParseSum(text); err == nil {
			t.Errorf("%q is %s", text, s)
		}
	}
}

func TestSettings(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "secret"), []byte(secret), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "open"), []byte(secret), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "short"), []byte("abc"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "empty"), nil, 0o600))
	const link = "\n  link: https://pay.example/{order}\n"
	for name, c := range map[string]struct{ text, says string }{
		"nothing":           {"", ""},
		"all":               {"rates: {EUR: \"100\"}\ninvoice:\n  pay_to: here\nwebhook:\n  secret_file: secret" + link, ""},
		"unknown name":      {"rate: {EUR: \"100\"}\n", "rate"},
		"no currency":       {"rates: {EURO: \"100\"}\n", "EURO"},
		"no rate":           {"rates: {EUR: \"0\"}\n", "EUR"},
		"nowhere to pay":    {"invoice: {due_days: 3}\n", "pay_to"},
		"due never":         {"invoice: {pay_to: here, due_days: 9999}\n", "due_days"},
		"no secret":         {"webhook:\n  secret_file: none" + link, "secret_file"},
		"others read it":    {"webhook:\n  secret_file: open" + link, "chmod 600"},
		"short secret":      {"webhook:\n  secret_file: short" + link, "at least 16 bytes"},
		"empty secret":      {"webhook:\n  secret_file: empty" + link, "one secret"},
		"link in the clear": {"webhook:\n  secret_file: secret\n  link: http://pay.example/{order}\n", "link"},
		"link of no order":  {"webhook:\n  secret_file: secret\n  link: https://pay.example/\n", "{order}"},
	} {
		path := filepath.Join(dir, "topup.yaml")
		must(t, os.WriteFile(path, []byte(c.text), 0o600))
		s, err := topup.ReadSettings(path)
		if err == nil {
			d := newDesk(t)
			_, err = topup.New(t.Context(), topup.Config{DB: d.db, Keys: d.keys, Settings: s, Now: time.Now})
		}
		if (err == nil) != (c.says == "") || err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), secret)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
