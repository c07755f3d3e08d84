package x402

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"cosmossdk.io/math"

	"ayni.example/client"
	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
)

// purchase is one request that is paid for.
type purchase struct {
	s     *Server
	w     http.ResponseWriter
	r     *http.Request
	next  http.Handler
	body  []byte
	price Price
}

// run pays and delivers; an error comes only while nothing was written.
func (p *purchase) run(header string) error {
	payment, err := DecodePayment(header)
	if err != nil {
		return refused("%s", err)
	}
	order, err := Read(payment, p.s.chain)
	if err != nil {
		return refused("%s", err)
	}
	name, err := payment.Identifier()
	if err != nil {
		return &refusal{http.StatusBadRequest, err.Error()}
	}
	if !order.own() && name == "" {
		return &refusal{http.StatusBadRequest, "an agent names what it buys: the extension " + identifierExtension + " is required of it"}
	}
	payer := ethkey.Format(order.From)
	ctx := p.r.Context()
	if !order.own() { // who may sign for an agent changes; its nonce is the reservation's id
		name = ""
	}
	names := []string{payer + "\x00" + string(order.Nonce)}
	if name != "" {
		names = append([]string{payer + "/" + name}, names...)
	}
	leave, err := p.s.flights.enter(ctx, names...)
	if err != nil {
		return err
	}
	defer leave()
	rec, err := p.s.store.find(ctx, payer, order.Nonce, name)
	if err != nil {
		return err
	}
	bound := binding(p.r, p.body)
	if rec != nil && order.own() && !bytes.Equal(rec.signer, order.Signer) {
		// A stranger named this payer, whose own key signs now: what the stranger began can never be paid.
		if err := p.s.store.remove(ctx, rec); err != nil {
			return err
		}
		rec = nil
	}
	if rec == nil {
		if rec, err = p.begin(ctx, order, name, bound); err != nil {
			return err
		}
	} else if err := p.repeats(rec, order, name, bound); err != nil {
		p.s.counts.add("conflict")
		return err
	}
	return p.goOn(ctx, rec, order)
}

// repeats tells whether a request may go on with a purchase that was begun. Payer, nonce and signature of a payment that was made stand on
// the ledger for everybody to read, so they alone open nothing: whoever repeats knows the same request, and the name where it had one. Another
// request, after a failure, wants what the ledger does not show: a new signature of the same key.
func (p *purchase) repeats(rec *record, o Order, name string, bound []byte) error {
	conflict := func(what string) error {
		return &refusal{http.StatusConflict, "payment_identifier_conflict: the payment is for another " + what}
	}
	same := bytes.Equal(rec.signer, o.Signer)
	switch {
	case !same && bytes.Equal(rec.signer, o.From):
		return refused("its payer has not signed this payment")
	case rec.path != p.r.URL.Path:
		return conflict("route")
	case rec.identifier != name && rec.identifier != "":
		return conflict("purchase")
	case bytes.Equal(rec.binding, bound):
		return nil
	case rec.failed() && same && !bytes.Equal(rec.digest, o.Digest):
		rec.binding = bound
		return nil
	}
	return conflict("request")
}

// begin writes down what is about to be paid, so that a crash forgets nothing.
func (p *purchase) begin(ctx context.Context, o Order, name string, bound []byte) (*record, error) {
	now := p.s.cfg.Now()
	switch {
	case o.Scheme != p.price.Scheme:
		return nil, refused("the scheme here is %s, not %s", p.price.Scheme, o.Scheme)
	case !bytes.Equal(o.To, p.payee()):
		return nil, refused("the payment is to %s, not to %s", ethkey.Hex(o.To), ethkey.Hex(p.payee()))
	case !o.Amount.Equal(p.price.Amount):
		return nil, refused("the payment is of %s acredit, the price is %s", o.Amount, p.price.Amount)
	case o.Scheme == Upto && !bytes.Equal(o.Facilitator, p.s.self):
		return nil, refused("the permit is for the facilitator %s, not %s", ethkey.Hex(o.Facilitator), ethkey.Hex(p.s.self))
	}
	if err := o.checkTime(now); err != nil {
		return nil, refused("%s", err)
	}
	rec := &record{
		payer: ethkey.Format(o.From), nonce: o.Nonce, identifier: name, binding: bound, digest: o.Digest, signer: o.Signer, scheme: o.Scheme, amount: o.Amount,
		state: stateIntent, path: p.r.URL.Path, ends: o.Before, created: now,
	}
	// What is burnt before it is written down here was brought elsewhere, such as to another gateway of this account, which has answered.
	if there, err := p.s.onLedger(ctx, rec); err != nil {
		return nil, err
	} else if there {
		return nil, &refusal{http.StatusConflict, "the ledger has this payment already, and it was not brought here: ask again where it was"}
	}
	stored, err := p.s.store.insert(ctx, rec)
	if err == nil && !stored {
		err = &refusal{http.StatusServiceUnavailable, "too many payments are remembered; try again later"}
	}
	return rec, err
}

// goOn does what is left of a purchase.
func (p *purchase) goOn(ctx context.Context, rec *record, o Order) error {
	if rec.state >= stateAnswered {
		p.s.counts.add("replayed")
		return p.again(rec)
	}
	if err := p.take(ctx, rec, o); err != nil {
		return err
	}
	return p.deliver(ctx, rec)
}

// take has the ledger move or lock the money, unless it has.
func (p *purchase) take(ctx context.Context, rec *record, o Order) error {
	// The client may leave; the ledger decides in any case.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ledgerWait)
	defer cancel()
	there, err := p.s.onLedger(ctx, rec)
	if err != nil {
		return err
	}
	if !there && rec.state == stateTaken {
		return refused("what was held for this purchase has gone back to you; pay again")
	}
	if !there {
		if !bytes.Equal(o.Digest, rec.digest) { // the payment of before never arrived; this one names the same purchase
			if err := p.s.store.remove(ctx, rec); err != nil {
				return err
			}
			next, err := p.begin(ctx, o, rec.identifier, rec.binding)
			if err != nil {
				return err
			}
			*rec = *next
		}
		if err := p.submit(ctx, rec, o); err != nil {
			return err
		}
	}
	rec.state = stateTaken
	return p.s.store.update(ctx, rec)
}

func (p *purchase) submit(ctx context.Context, rec *record, o Order) error {
	if err := o.checkTime(p.s.cfg.Now()); err != nil {
		return p.drop(ctx, rec, refused("%s", err))
	}
	done, err := p.s.cfg.Ledger.Submit(ctx, o.take(p.s.cfg.Ledger.Address()))
	if err == nil {
		rec.tx = hex.EncodeToString(done.Hash)
		p.s.counts.add("taken")
		return nil
	}
	if errors.Is(err, client.ErrUnconfirmed) || ctx.Err() != nil {
		return &refusal{http.StatusServiceUnavailable, "the ledger has not confirmed the payment yet; send the same again"}
	}
	if there, lookErr := p.s.onLedger(ctx, rec); lookErr == nil && there {
		return nil // by another carrier
	}
	p.s.counts.add("refused")
	return p.drop(ctx, rec, refused("the ledger refuses the payment: %s", err))
}

func (p *purchase) drop(ctx context.Context, rec *record, reason error) error {
	return errors.Join(reason, p.s.store.remove(ctx, rec))
}

// onLedger tells whether the ledger has this very payment: for another of the same nonce the digest differs.
func (s *Server) onLedger(ctx context.Context, rec *record) (bool, error) {
	found, err := s.cfg.Ledger.Authorization(ctx, rec.payer, rec.nonce)
	if err != nil {
		return false, err
	}
	return found.Burnt && bytes.Equal(found.Digest, rec.digest) && (rec.scheme == Exact || found.Hold != nil), nil
}

// deliver has the handler answer and writes down what it said.
func (p *purchase) deliver(ctx context.Context, rec *record) error {
	meter := &Meter{price: p.price, used: math.ZeroInt()}
	paid := &Paid{Payer: rec.payer, Amount: rec.amount, Tool: p.price.Tool, Meter: meter}
	out := &recorder{w: p.w, live: rec.scheme == Exact, before: func(h http.Header, charge bool) {
		h.Set("Cache-Control", "private, no-store")
		if !charge {
			return
		}
		amount := rec.amount
		if rec.scheme == Upto {
			amount = meter.charge()
		}
		p.settledHeader(h, rec, amount)
	}}
	request := p.r.Clone(context.WithValue(ctx, paidKey{}, paid))
	request.Body = io.NopCloser(bytes.NewReader(p.body))
	request.ContentLength = int64(len(p.body))
	p.next.ServeHTTP(out, request)
	out.end()
	failed := out.status >= http.StatusBadRequest
	rec.status, rec.content, rec.receipt, rec.answer = out.status, out.Header().Get("Content-Type"), out.Header().Get("Ayni-Receipt"), out.kept()
	charge := rec.amount
	if rec.scheme == Upto {
		if charge = meter.charge(); failed {
			charge = math.ZeroInt()
		}
	}
	rec.state, rec.paid = stateAnswered, charge.String()
	switch {
	case rec.scheme == Exact && failed: // the money is here and the answer is not: the payment is good for another try
		rec.state = stateTaken
	case rec.scheme == Exact:
		rec.state = stateSettled
	}
	if err := p.s.store.update(context.WithoutCancel(ctx), rec); err != nil {
		p.s.cfg.Logger.Error("answer to a payment is not written down", "payer", rec.payer, "error", err)
	}
	out.send()
	if rec.state == stateAnswered {
		p.s.poke()
	}
	p.s.counts.paid(rec.scheme, charge)
	return nil
}

// again gives the first answer once more.
func (p *purchase) again(rec *record) error {
	if rec.answer == nil {
		return &refusal{http.StatusConflict, "the purchase is answered already, and the answer was too long to keep"}
	}
	h := p.w.Header()
	h.Set("Content-Type", rec.content)
	if rec.receipt != "" {
		h.Set("Ayni-Receipt", rec.receipt)
	}
	h.Set("Content-Length", strconv.Itoa(len(rec.answer)))
	charged, err := amount(rec.paid)
	if err != nil {
		return err
	}
	p.settledHeader(h, rec, charged)
	p.w.WriteHeader(rec.status)
	_, _ = p.w.Write(rec.answer) //nolint:gosec // the first answer of the route, byte for byte and of its type
	return nil
}

func (p *purchase) settledHeader(h http.Header, rec *record, charged math.Int) {
	payer, err := ethkey.AddressCodec{}.StringToBytes(rec.payer)
	if err != nil {
		return
	}
	text, err := encode(Settled{Success: true, Payer: ethkey.Hex(payer), Transaction: rec.tx, Network: network(p.s.chain), Amount: charged.String()})
	if err == nil {
		h.Set(ResponseHeader, text)
	}
}

// payee is whom the price goes to.
func (p *purchase) payee() []byte {
	if len(p.price.Payee) > 0 {
		return p.price.Payee
	}
	return p.s.self
}

// ask answers with the price.
func (p *purchase) ask(reason string) {
	way := Requirements{
		Scheme: p.price.Scheme, Network: network(p.s.chain), Amount: p.price.Amount.String(), Asset: credit.TokenAddress, PayTo: ethkey.Hex(p.payee()),
		MaxTimeoutSeconds: payTimeout, Extra: Extra{Name: credit.TokenName, Version: credit.TokenVersion},
	}
	if way.Scheme == Upto {
		way.Extra.Method, way.Extra.Facilitator = "permit2", ethkey.Hex(p.s.self)
	} else {
		way.Extra.Method = "eip3009"
	}
	scheme := "http://"
	if p.r.TLS != nil {
		scheme = "https://"
	}
	required := Required{
		X402Version: Version, Error: reason, Accepts: []Requirements{way}, Extensions: identifierDeclaration(),
		Resource: Resource{URL: scheme + p.r.Host + p.r.URL.Path, Description: p.price.Description},
	}
	header, err := encode(required)
	if err != nil {
		refuse(p.w, http.StatusInternalServerError, "the price cannot be told")
		return
	}
	h := p.w.Header()
	h.Set(RequiredHeader, header)
	h.Set("WWW-Authenticate", `Bearer realm="ayni"`)
	h.Set("Content-Type", "application/json")
	p.w.WriteHeader(http.StatusPaymentRequired)
	_ = json.NewEncoder(p.w).Encode(struct {
		Required
		Detail apiError `json:"detail"`
		Hint   string   `json:"hint"`
	}{required, apiError{reason, "payment_required"}, `send an API key, or pay; a stock client is told once that it may: spendControls: { allowedAssets: [{ network: "` +
		way.Network + `", asset: "` + way.Asset + `", maxAmountPerPayment: "` + way.Amount + `" }] }`})
}

// fail answers a payment that is not taken.
func (p *purchase) fail(err error) {
	var r *refusal
	switch {
	case errors.As(err, &r) && r.status == http.StatusPaymentRequired:
		p.ask(r.reason)
	case errors.As(err, &r):
		if r.status == http.StatusServiceUnavailable {
			p.w.Header().Set("Retry-After", "1")
		}
		refuse(p.w, r.status, r.reason)
	default:
		p.s.cfg.Logger.Error("payment", "path", p.r.URL.Path, "error", err)
		p.w.Header().Set("Retry-After", "1")
		refuse(p.w, http.StatusServiceUnavailable, "the payment cannot be checked now; send the same again")
	}
}

type apiError struct {
	Message string `json:"message"`
	Type    string `json:"type"`
}

func refuse(w http.ResponseWriter, status int, reason string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]apiError{"error": {reason, "payment_error"}})
}
