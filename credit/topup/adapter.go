package topup

import (
	"errors"
	"net/http"
	"time"

	"cosmossdk.io/math"
)

// ErrKey tells that a key takes no top-up.
var ErrKey = errors.New("this key takes no top-up")

// ErrForged tells that a report is not its service's, or not of now.
var ErrForged = errors.New("the report is not signed by the payment service")

// An Adapter is one way in which money comes from elsewhere.
type Adapter interface {
	// Name is what orders call it.
	Name() string
	// Ask tells whoever pays what to do.
	Ask(o Order) Ask
}

// A Reporter is an Adapter whose service reports payments by itself.
type Reporter interface {
	Adapter
	// Report reads a payment out of what came in; nil where it is news of something else. ErrForged when it is not the service's.
	Report(header http.Header, body []byte) (*Payment, error)
}

// Ask is how an order is paid.
type Ask struct {
	Text string `json:"text"`
	Link string `json:"link,omitempty"`
}

// States of an order.
const (
	Open      = "open"
	Paid      = "paid"
	Cancelled = "cancelled"
)

// Order is a top-up that was asked for.
type Order struct {
	Number  string    `json:"number"` // year and a number without gaps
	Key     string    `json:"key"`
	Sum     Sum       `json:"sum"`
	Credits math.Int  `json:"credits"` // acredit that the sum buys
	By      string    `json:"by"`      // its adapter
	State   string    `json:"state"`
	Created time.Time `json:"created"`
	Due     time.Time `json:"due"`
}

// Payment is money that came.
type Payment struct {
	By    string // its adapter
	ID    string // by which the adapter knows it; it is taken once
	Event string // of the report; also taken once
	Order string
	Sum   Sum
}

// Credited is the outcome of a payment that was taken; another outcome says why it was not.
const Credited = "credited"

// Entry is a payment as it was written down.
type Entry struct {
	Number  int64     `json:"number"`
	By      string    `json:"by"`
	Payment string    `json:"payment"`
	Order   string    `json:"order"`
	Sum     Sum       `json:"sum"`
	Outcome string    `json:"outcome"`
	Key     string    `json:"key,omitempty"`
	Credits math.Int  `json:"credits"` // acredit that the key's budget rose by
	Before  math.Int  `json:"before"`  // budget of the key
	After   math.Int  `json:"after"`
	Time    time.Time `json:"time"`
	Again   bool      `json:"-"` // it had been taken before
}
