package topup_test

import (
	"net/http"
	"testing"
	"time"

	"ayni.example/credit/topup"
)

func FuzzSum(f *testing.F) {
	f.Add("20.00 EUR")
	f.Add("1000 JPY")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := topup.ParseSum(text)
		if err != nil {
			return
		}
		if again, err := topup.ParseSum(s.String()); err != nil || again != s || s.Minor < 1 {
			t.Fatalf("%q is %+v, then %+v, %v", text, s, again, err)
		}
	})
}

// FuzzReport: no header and no body makes a payment without the secret; with it a body is read or refused.
func FuzzReport(f *testing.F) {
	hook := topup.NewWebhook([]byte(secret), func() time.Time { return time.Unix(1_800_000_000, 0) })
	o := topup.Order{Number: "2026-0001", Sum: topup.Sum{Minor: 2000, Currency: "EUR"}}
	body := paid(o, 1).body(f)
	f.Add("t=1800000000,v1=00", body)
	f.Add(topup.Sign([]byte("another"), body, time.Unix(1_800_000_000, 0)), body)
	f.Fuzz(func(t *testing.T, signature string, body []byte) {
		if p, err := hook.Report(http.Header{"Stripe-Signature": {signature}}, body); err == nil || p != nil {
			t.Fatalf("forged: %+v, %v", p, err)
		}
		good := topup.Sign([]byte(secret), body, time.Unix(1_800_000_000, 0))
		p, err := hook.Report(http.Header{"Stripe-Signature": {good}}, body)
		if p != nil && (err != nil || p.ID == "" || p.Event == "" || len(p.Order) > 255) {
			t.Fatalf("%+v, %v", p, err)
		}
	})
}
