package topup

import "ayni.example/internal/clock"

// NewWebhook makes one with a secret that lies in no file.
func NewWebhook(secret []byte, now clock.Clock) *Webhook {
	return &Webhook{secrets: [][]byte{secret}, header: "Stripe-Signature", now: now}
}
