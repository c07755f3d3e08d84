package topup_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ayni.example/credit/topup"
)

func TestWebhook(t *testing.T) {
	d := newDesk(t)
	service, key := newStandIn(t), d.key("5")
	o := d.order(key, "20.00 EUR", topup.WebhookName)
	report := paid(o, 1)
	report.status = "unpaid" // complete, and the bank has not said yes yet
	if status, outcome := service.report(d.url, report); status != 200 || outcome != "ignored" || d.budget(key) != "5" {
		t.Fatalf("not paid yet: %d %s, budget %s", status, outcome, d.budget(key))
	}
	for _, kind := range []string{"checkout.session.expired", "payment_intent.created", ""} {
		other := paid(o, 1)
		other.kind = kind
		if status, outcome := service.report(d.url, other); status != 200 || outcome != "ignored" || d.budget(key) != "5" {
			t.Fatalf("%s: %d %s", kind, status, outcome)
		}
	}
	later := paid(o, 1)
	later.event, later.kind = "evt_2", "checkout.session.async_payment_succeeded"
	for range 3 { // services tell the same more than once
		if status, outcome := service.report(d.url, later); status != 200 || outcome != topup.Credited || d.budget(key) != "2005" {
			t.Fatalf("%d %s, budget %s", status, outcome, d.budget(key))
		}
	}
	renamed := later
	renamed.event = "evt_3" // the same payment under another event
	if status, _ := service.report(d.url, renamed); status != 200 || d.budget(key) != "2005" {
		t.Fatalf("one payment, two events: %d, budget %s", status, d.budget(key))
	}
	moved := later
	moved.session = "cs_other" // the same event with another payment
	if status, _ := service.report(d.url, moved); status != 500 || d.budget(key) != "2005" {
		t.Fatalf("one event, two payments: %d, budget %s", status, d.budget(key))
	}
	d.audit(key, "5")
}

// TestForgedReports: nothing that the service did not sign, now and for this body, moves a budget or leaves a trace.
func TestForgedReports(t *testing.T) {
	d := newDesk(t)
	key := d.key("5")
	o := d.order(key, "20.00 EUR", topup.WebhookName)
	body := paid(o, 1).body(t)
	now := time.Now()
	good := topup.Sign([]byte(secret), body, now)
	stamp, signature, _ := strings.Cut(good, ",v1=")
	dearer := paid(o, 1)
	dearer.amount = 1
	for name, c := range map[string]struct {
		body       []byte
		signatures []string
	}{
		"no signature":         {body, nil},
		"empty":                {body, []string{""}},
		"another secret":       {body, []string{topup.Sign([]byte("whsec_of_somebody_else"), body, now)}},
		"no secret":            {body, []string{topup.Sign(nil, body, now)}},
		"another body":         {dearer.body(t), []string{good}},
		"a byte more":          {append(bytes.Clone(body), ' '), []string{good}},
		"old":                  {body, []string{topup.Sign([]byte(secret), body, now.Add(-topup.Tolerance-2*time.Second))}},
		"of the future":        {body, []string{topup.Sign([]byte(secret), body, now.Add(topup.Tolerance+10*time.Second))}},
		"time moved":           {body, []string{fmt.Sprintf("t=%d,v1=%s", now.Unix()+1, signature)}},
		"time alone":           {body, []string{stamp}},
		"signature alone":      {body, []string{"v1=" + signature}},
		"two times":            {body, []string{good + "," + stamp}},
		"two headers":          {body, []string{good, good}},
		"scheme of before":     {body, []string{stamp + ",v0=" + signature}},
		"half of a signature":  {body, []string{stamp + ",v1=" + signature[:32]}},
		"no hexadecimal":       {body, []string{stamp + ",v1=zz"}},
		"empty signature":      {body, []string{stamp + ",v1="}},
		"too many signatures":  {body, []string{stamp + strings.Repeat(",v1=00", 8) + ",v1=" + signature}},
		"too long":             {body, []string{stamp + ",x=" + strings.Repeat("a", 3000) + ",v1=" + signature}},
		"signature of no time": {body, []string{"t=,v1=" + signature}},
	} {
		if status, outcome := post(t, d.url, c.body, c.signatures...); status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, status, outcome)
		}
	}
	long := append(bytes.Clone(body), bytes.Repeat([]byte(" "), 64<<10)...)
	if status, _ := post(t, d.url, long, topup.Sign([]byte(secret), long, now)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("long body: %d", status)
	}
	for _, text := range []string{"", "null", "[]", `{"id":1}`, `{"type":"checkout.session.completed","data":{"object":{"payment_status":"paid"}}}`, strings.Repeat("[", 60000)} {
		raw := []byte(text)
		if status, outcome := post(t, d.url, raw, topup.Sign([]byte(secret), raw, now)); status != 400 && outcome != "ignored" {
			t.Errorf("signed nonsense %.20s: %d %s", text, status, outcome)
		}
	}
	refused, err := d.till.Refused(t.Context(), 10)
	must(t, err)
	if d.budget(key) != "5" || len(refused) != 0 {
		t.Fatalf("budget %s, refused %+v", d.budget(key), refused)
	}
	rotated := stamp + ",v1=" + hex.EncodeToString(bytes.Repeat([]byte{1}, 32)) + ",v1=" + signature // while the service changes its secret
	if status, outcome := post(t, d.url, body, rotated); status != 200 || outcome != topup.Credited || d.budget(key) != "2005" {
		t.Fatalf("%d %s, budget %s", status, outcome, d.budget(key))
	}
}

// TestPaymentsThatFitNoOrder are genuine: they are written down for the operator, once, and credit nobody.
func TestPaymentsThatFitNoOrder(t *testing.T) {
	d := newDesk(t)
	service, key := newStandIn(t), d.key("5")
	webhook, invoice, cancelled, done := d.order(key, "20.00 EUR", topup.WebhookName), d.order(key, "20.00 EUR", topup.InvoiceName),
		d.order(key, "20.00 EUR", topup.WebhookName), d.order(key, "20.00 EUR", topup.WebhookName)
	must(t, d.till.Cancel(t.Context(), cancelled.Number))
	if _, outcome := service.report(d.url, paid(done, 1)); outcome != topup.Credited {
		t.Fatal(outcome)
	}
	gone := d.key("5")
	revoked := d.order(gone, "20.00 EUR", topup.WebhookName)
	must(t, d.keys.Revoke(t.Context(), gone))
	n := 1
	for name, c := range map[string]struct {
		order  topup.Order
		change func(*checkout)
		says   string
	}{
		"too little":              {webhook, func(c *checkout) { c.amount-- }, "is of 20.00 EUR, not 19.99 EUR"},
		"too much":                {webhook, func(c *checkout) { c.amount *= 100 }, "not 2000.00 EUR"},
		"negative":                {webhook, func(c *checkout) { c.amount = -2000 }, "is of 20.00 EUR"},
		"nothing":                 {webhook, func(c *checkout) { c.amount = 0 }, "is of 20.00 EUR"},
		"cheaper currency":        {webhook, func(c *checkout) { c.currency = "jpy" }, "not 2000 JPY"},
		"no currency":             {webhook, func(c *checkout) { c.currency = "" }, "is of 20.00 EUR"},
		"no order":                {webhook, func(c *checkout) { c.order = "" }, "no order"},
		"unknown order":           {webhook, func(c *checkout) { c.order = "2020-0001" }, "no order"},
		"the key's name":          {webhook, func(c *checkout) { c.order = key }, "no order"},
		"an invoice":              {invoice, nil, "is paid by invoice"},
		"a cancelled order":       {cancelled, nil, "cancelled already"},
		"an order paid before":    {done, nil, "paid already"},
		"a key revoked meanwhile": {revoked, nil, "takes no top-up"},
	} {
		n++
		report := paid(c.order, n)
		if c.change != nil {
			c.change(&report)
		}
		for range 2 {
			if status, outcome := service.report(d.url, report); status != 200 || !strings.Contains(outcome, c.says) {
				t.Errorf("%s: %d %s", name, status, outcome)
			}
		}
	}
	refused, err := d.till.Refused(t.Context(), 100)
	must(t, err)
	if len(refused) != n-1 || d.budget(key) != "2005" || d.budget(gone) != "5" {
		t.Fatalf("%d refused, want %d; budgets %s and %s", len(refused), n-1, d.budget(key), d.budget(gone))
	}
	if status, outcome := service.report(d.url, paid(webhook, 100)); status != 200 || outcome != topup.Credited {
		t.Errorf("the order itself is still open: %d %s", status, outcome)
	}
	d.audit(key, "5")
}

// TestRacedReports: two processes get the same report many times at once, and reports of two payments for one order.
func TestRacedReports(t *testing.T) {
	one := newDesk(t)
	two := open(t, one.path, settings(t))
	service, key := newStandIn(t), one.key("0")
	for round := range 5 {
		o := one.order(key, "1.00 EUR", topup.WebhookName)
		var credited, refused, other atomic.Int64
		var wait sync.WaitGroup
		for i := range 16 {
			wait.Go(func() {
				d := []*desk{one, two}[i%2]
				report := paid(o, 10*round+i/8) // two payments, each reported eight times
				for range 100 {                 // the service asks again until it is heard
					status, outcome := service.report(d.url, report)
					switch {
					case status == 503 || status == 500:
						time.Sleep(10 * time.Millisecond)
						continue
					case outcome == topup.Credited:
						credited.Add(1)
					case strings.Contains(outcome, "paid already"):
						refused.Add(1)
					default:
						other.Add(1)
					}
					return
				}
				other.Add(1)
			})
		}
		wait.Wait()
		if want := fmt.Sprint(100 * (round + 1)); credited.Load() != 8 || refused.Load() != 8 || one.budget(key) != want {
			t.Fatalf("round %d: %d credited, %d refused, %d other, budget %s", round, credited.Load(), refused.Load(), other.Load(), one.budget(key))
		}
	}
	one.audit(key, "0")
}

// TestReportAfterFailure: what could not be written down is asked for again, and credited once.
func TestReportAfterFailure(t *testing.T) {
	d := newDesk(t)
	service, key := newStandIn(t), d.key("0")
	o := d.order(key, "20.00 EUR", topup.WebhookName)
	must(t, d.db.Close())
	if status, _ := service.report(d.url, paid(o, 1)); status != http.StatusInternalServerError {
		t.Fatalf("status %d", status)
	}
	next := open(t, d.path, settings(t))
	for range 2 {
		if status, outcome := service.report(next.url, paid(o, 1)); status != 200 || outcome != topup.Credited || next.budget(key) != "2000" {
			t.Fatalf("%d %s, budget %s", status, outcome, next.budget(key))
		}
	}
	next.audit(key, "0")
}
