package topup

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"ayni.example/internal/clock"
)

// WebhookName names the adapter of payment services.
const WebhookName = "webhook"

const idMost = 255

// Webhook sends whoever pays to a payment service, and takes the service's signed reports of checkouts.
type Webhook struct {
	secrets [][]byte
	header  string
	link    string
	now     clock.Clock
}

// Name implements Adapter.
func (*Webhook) Name() string { return WebhookName }

// Ask implements Adapter.
func (h *Webhook) Ask(o Order) Ask {
	link := strings.NewReplacer("{order}", url.QueryEscape(o.Number), "{minor}", strconv.FormatInt(o.Sum.Minor, 10), "{currency}", o.Sum.Currency).Replace(h.link)
	return Ask{Text: fmt.Sprintf("Order %s: pay %s at %s", o.Number, o.Sum, link), Link: link}
}

// event is what is read of a report: the part that payment services' checkouts have in common.
type event struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Data struct {
		Object struct {
			ID        string `json:"id"`
			Status    string `json:"payment_status"`
			Amount    int64  `json:"amount_total"`
			Currency  string `json:"currency"`
			Reference string `json:"client_reference_id"`
		} `json:"object"`
	} `json:"data"`
}

// Report implements Reporter. A checkout that is complete and not yet paid is no payment: another report follows.
func (h *Webhook) Report(header http.Header, body []byte) (*Payment, error) {
	if err := verify(header.Values(h.header), body, h.secrets, h.now()); err != nil {
		return nil, err
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("the report is no event: %w", err)
	}
	o := e.Data.Object
	switch e.Type {
	case "checkout.session.completed", "checkout.session.async_payment_succeeded":
	default:
		return nil, nil
	}
	if o.Status != "paid" {
		return nil, nil
	}
	for _, id := range []string{e.ID, o.ID} {
		if id == "" || len(id) > idMost {
			return nil, fmt.Errorf("the report is no event: its ids have 1 to %d bytes", idMost)
		}
	}
	if len(o.Reference) > idMost || len(o.Currency) > 10 {
		return nil, errors.New("the report is no event: its reference or currency is too long")
	}
	return &Payment{By: WebhookName, ID: o.ID, Event: e.ID, Order: o.Reference, Sum: Sum{o.Amount, strings.ToUpper(o.Currency)}}, nil
}

var _ Reporter = (*Webhook)(nil)
