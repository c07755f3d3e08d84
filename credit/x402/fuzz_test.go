package x402_test

import (
	"testing"

	"ayni.example/credit/x402"
)

func FuzzDecode(f *testing.F) {
	f.Add("")
	f.Add("eyJ4NDAyVmVyc2lvbiI6Mn0=")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := x402.DecodePayment(text); err == nil {
			order, err := x402.Read(p, chainNumber)
			if err == nil && (len(order.Nonce) != 32 || len(order.From) != 20 || !order.Amount.IsPositive()) {
				t.Fatalf("order %+v", order)
			}
			_, _ = p.Identifier()
		}
		_, _ = x402.DecodeRequired(text)
		_, _ = x402.DecodeSettled(text)
		_, _ = x402.Ways(map[string][]string{x402.RequiredHeader: {text}}, chainNumber)
	})
}
