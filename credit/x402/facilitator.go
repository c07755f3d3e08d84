package x402

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
)

// facilitatorBody bounds what a facilitator reads.
const facilitatorBody = 64 << 10

// Facilitator carries the payments of other servers to the ledger: POST verify and settle, GET supported. It pays the fees, so it
// has a quota of settlements.
type Facilitator struct {
	s    *Server
	most int // settlements an hour

	mu    sync.Mutex
	hour  time.Time
	spent int
}

// NewFacilitator shares a server's ledger and clock.
func NewFacilitator(s *Server, most int) *Facilitator { return &Facilitator{s: s, most: most} }

// Handler serves under a prefix such as /x402.
func (f *Facilitator) Handler(prefix string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"/supported", f.supported)
	mux.HandleFunc("POST "+prefix+"/verify", f.verify)
	mux.HandleFunc("POST "+prefix+"/settle", f.settle)
	return mux
}

type kind struct {
	X402Version int    `json:"x402Version"`
	Scheme      string `json:"scheme"`
	Network     string `json:"network"`
	Extra       *Extra `json:"extra,omitempty"`
}

func (f *Facilitator) supported(w http.ResponseWriter, _ *http.Request) {
	name, self := f.s.Network(), f.s.PayTo()
	answer(w, http.StatusOK, struct {
		Kinds      []kind              `json:"kinds"`
		Extensions []string            `json:"extensions"`
		Signers    map[string][]string `json:"signers"`
	}{
		[]kind{{Version, Exact, name, nil}, {Version, Upto, name, &Extra{Facilitator: self}}},
		[]string{identifierExtension},
		map[string][]string{name: {self}},
	})
}

// ordered is what verify and settle are asked.
type ordered struct {
	X402Version  int          `json:"x402Version"`
	Payment      Payment      `json:"paymentPayload"`
	Requirements Requirements `json:"paymentRequirements"`
}

type verdict struct {
	IsValid bool   `json:"isValid"`
	Reason  string `json:"invalidReason,omitempty"`
	Payer   string `json:"payer,omitempty"`
}

func (f *Facilitator) verify(w http.ResponseWriter, r *http.Request) {
	_, order, err := f.read(w, r)
	v := verdict{IsValid: err == nil}
	if order.From != nil {
		v.Payer = ethkey.Hex(order.From)
	}
	if err == nil {
		v.IsValid, v.Reason = f.open(r.Context(), order)
	} else {
		v.Reason = err.Error()
	}
	answer(w, http.StatusOK, v)
}

// open tells whether the ledger would still take the payment's nonce.
func (f *Facilitator) open(ctx context.Context, o Order) (bool, string) {
	found, err := f.s.cfg.Ledger.Authorization(ctx, ethkey.Format(o.From), o.Nonce)
	switch {
	case err != nil:
		return false, "unexpected_verify_error"
	case found.Burnt:
		return false, "nonce_used"
	}
	return true, ""
}

func (f *Facilitator) settle(w http.ResponseWriter, r *http.Request) {
	ask, order, err := f.read(w, r)
	settled := Settled{Network: f.s.Network()}
	if order.From != nil {
		settled.Payer = ethkey.Hex(order.From)
	}
	if err == nil {
		settled.Transaction, err = f.carry(r.Context(), ask, order)
	}
	if settled.Success = err == nil; err != nil {
		settled.ErrorReason = err.Error()
	}
	settled.Amount = ask.Requirements.Amount
	answer(w, http.StatusOK, settled)
}

func (f *Facilitator) carry(ctx context.Context, ask ordered, o Order) (string, error) {
	leave, err := f.s.flights.enter(ctx, ethkey.Format(o.From)+"\x00"+string(o.Nonce))
	if err != nil {
		return "", err
	}
	defer leave()
	if !f.admit() {
		return "", errors.New("facilitator_quota: this facilitator carries no more payments in this hour")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ledgerWait)
	defer cancel()
	self := f.s.cfg.Ledger.Address()
	if o.Scheme == Exact {
		done, err := f.s.cfg.Ledger.Submit(ctx, o.take(self))
		return hex.EncodeToString(done.Hash), err
	}
	used, err := amount(ask.Requirements.Amount)
	if err != nil {
		return "", err
	}
	done, err := f.s.cfg.Ledger.Submit(ctx, o.take(self), o.settle(self, used))
	return hex.EncodeToString(done.Hash), err
}

// admit counts the settlements of an hour.
func (f *Facilitator) admit() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.s.cfg.Now().Truncate(time.Hour); !now.Equal(f.hour) {
		f.hour, f.spent = now, 0
	}
	if f.spent >= f.most {
		return false
	}
	f.spent++
	return true
}

// read checks a payment against what its server demands, without the ledger.
func (f *Facilitator) read(w http.ResponseWriter, r *http.Request) (ordered, Order, error) {
	var ask ordered
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, facilitatorBody)).Decode(&ask); err != nil {
		return ask, Order{}, errors.New("invalid_request: no payment in JSON of at most 64 KiB")
	}
	o, err := Read(ask.Payment, f.s.chain)
	if err != nil {
		return ask, o, err
	}
	var want reader
	to, price := want.address("payTo", ask.Requirements.PayTo), want.number("amount", ask.Requirements.Amount)
	switch {
	case want.err != nil:
		return ask, o, want.err
	case ask.Requirements.Scheme != o.Scheme || ask.Requirements.Network != f.s.Network():
		return ask, o, errors.New("invalid_scheme")
	case !bytes.Equal(o.To, to):
		return ask, o, errors.New("invalid_recipient")
	case o.Scheme == Exact && !o.Amount.Equal(price) || price.GT(o.Amount):
		return ask, o, errors.New("invalid_amount")
	case o.Scheme == Upto && !bytes.Equal(o.Facilitator, f.s.self):
		return ask, o, errors.New("invalid_facilitator")
	case ask.Payment.X402Version != Version:
		return ask, o, errors.New("invalid_version")
	case credit.CheckAmount("amount", o.Amount) != nil:
		return ask, o, errors.New("invalid_amount")
	}
	return ask, o, o.checkTime(f.s.cfg.Now())
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "private, no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
