package host

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"

	"cosmossdk.io/math"

	"ayni.example/agent/charter"
	"ayni.example/internal/ethkey"
	"ayni.example/x/agent"
)

// Offer is what a seller asks for, out of an answer 402.
type Offer struct {
	Payee  string // an address in the ledger's form
	Amount math.Int
	Terms  any // of the payer's own
}

// Payer speaks x402: it reads what is asked and writes what pays it, by a session key out of a reservation.
type Payer interface {
	Offer(answer *http.Response) (Offer, error)
	Sign(o Offer, treasury string, payment []byte, session *ethkey.PrivKey) (http.Header, error)
}

// ErrPayment says that a call is not paid for.
var ErrPayment = errors.New("not paid")

const paidBodyMax = 1 << 20

// purchase is an http.RoundTripper for one call of one tool: it pays at most once, and only what is reserved on the ledger.
type purchase struct {
	w    *wakeup
	tool charter.Tool
	key  string
	base http.RoundTripper

	next          uint32
	payment, paid string
	fatal         error // the wake-up cannot go on: it is not known what the ledger holds
}

// RoundTrip implements http.RoundTripper.
func (p *purchase) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, paidBodyMax+1)); err != nil {
			return nil, err
		}
		_ = r.Body.Close() // it was read to its end
		if len(body) > paidBodyMax {
			return nil, fmt.Errorf("request has more than %d bytes", paidBodyMax)
		}
	}
	answer, err := p.send(r, body, nil)
	if err != nil || answer.StatusCode != http.StatusPaymentRequired || p.tool.Price == "" || p.w.cfg.Payer == nil || p.payment != "" {
		return answer, err
	}
	offer, err := p.w.cfg.Payer.Offer(answer)
	_ = answer.Body.Close() // what it asks is read
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPayment, err)
	}
	header, err := p.pay(r.Context(), offer)
	if err != nil {
		return nil, err
	}
	return p.send(r, body, header)
}

func (p *purchase) send(r *http.Request, body []byte, header http.Header) (*http.Response, error) {
	again := r.Clone(r.Context())
	if again.Body = nil; body != nil {
		again.Body = io.NopCloser(bytes.NewReader(body))
		again.ContentLength = int64(len(body))
	}
	again.Header.Set("Idempotency-Key", p.key)
	maps.Copy(again.Header, header)
	answer, err := p.base.RoundTrip(again)
	if err == nil {
		answer.Body = &limited{answer.Body, int64(p.tool.Bytes)*2 + 64<<10}
	}
	return answer, err
}

// pay reserves what is asked and signs for it.
func (p *purchase) pay(ctx context.Context, o Offer) (http.Header, error) {
	most, ok := math.NewIntFromString(p.tool.Price)
	if !ok || o.Amount.IsNil() || !o.Amount.IsPositive() || o.Amount.GT(most) {
		return nil, fmt.Errorf("%w: the seller asks %s acredit, the charter gives %s", ErrPayment, o.Amount, p.tool.Price)
	}
	payment, err := p.w.reserve(ctx, o.Payee, o.Amount)
	if p.next = p.w.next; err != nil {
		if !errors.Is(err, ErrPayment) {
			p.fatal = err
		}
		return nil, err
	}
	p.payment, p.paid = hex.EncodeToString(payment), o.Amount.String()
	return p.w.cfg.Payer.Sign(o, p.w.agent.Treasury, payment, p.w.session)
}

// reserve holds the money for the next paid call. What an earlier host reserved for the same is used; what it reserved for something
// else is given back, as far as nobody took it.
func (w *wakeup) reserve(ctx context.Context, payee string, amount math.Int) ([]byte, error) {
	if w.dry {
		return nil, fmt.Errorf("%w: a dry run would reserve %s acredit for %s", ErrPayment, amount, payee)
	}
	for w.next < agent.ActionsMax {
		number := w.next
		r, err := w.reserved(ctx, number)
		if err != nil {
			return nil, err
		}
		if r == nil {
			if err := w.submitReserve(ctx, number, payee, amount); err != nil {
				return nil, err
			}
			if r, err = w.reserved(ctx, number); err != nil {
				return nil, err
			}
			if r == nil {
				return nil, fmt.Errorf("call %d is not on the ledger though it was reserved", number)
			}
		}
		w.next = number + 1
		switch to, held := r.Action.Payment(); {
		case to != payee || !held.Equal(amount):
			w.giveBack(ctx, number)
		case r.Outcome == agent.OutcomeDone:
			return agent.PaymentID(w.agent.Id, w.lease.Wake.Number, number), nil
		default:
			return nil, fmt.Errorf("%w: the ledger says %s", ErrPayment, r.Reason)
		}
	}
	return nil, fmt.Errorf("%w: more than %d payments in one wake-up", ErrPayment, agent.ActionsMax)
}

// reserved is what became of a call of this wake-up, by whichever host; nil when there was none.
func (w *wakeup) reserved(ctx context.Context, number uint32) (*agent.Result, error) {
	l, err := w.cfg.Ledger.AgentLease(ctx, w.agent.Id)
	if err != nil {
		return nil, err
	}
	if l.Wake.Number != w.lease.Wake.Number || l.Epoch != w.lease.Epoch {
		return nil, agent.ErrFenced
	}
	for i := range l.Calls {
		if r := l.Calls[i].Action.Reserve; r != nil && r.Call == number {
			return &l.Calls[i], nil
		}
	}
	return nil, nil
}

func (w *wakeup) submitReserve(ctx context.Context, number uint32, payee string, amount math.Int) error {
	m := &agent.MsgReserve{
		Carrier: w.cfg.Address, Agent: w.agent.Id, Wake: w.lease.Wake.Number, Epoch: w.lease.Epoch,
		Reserve: agent.Reserve{Call: number, Payee: payee, Amount: amount},
	}
	if err := agent.SignReserve(w.session, w.cfg.ChainID, m); err != nil {
		return err
	}
	if err := w.cfg.Ledger.Submit(ctx, m); err != nil {
		return fmt.Errorf("reserve: %w", err)
	}
	return nil
}

func (w *wakeup) giveBack(ctx context.Context, number uint32) {
	m := &agent.MsgCancel{Carrier: w.cfg.Address, Agent: w.agent.Id, Wake: w.lease.Wake.Number, Epoch: w.lease.Epoch, Call: number}
	err := agent.SignCancel(w.session, w.cfg.ChainID, m)
	if err == nil {
		err = w.cfg.Ledger.Submit(ctx, m)
	}
	if err != nil { // it was taken, or goes back by itself when it is due
		w.cfg.Logger.Debug("a reservation of an earlier host stays", "call", number, "error", err.Error())
	}
}

// limited ends a body with an error where it is longer than a tool may answer.
type limited struct {
	io.ReadCloser
	left int64
}

func (l *limited) Read(b []byte) (int, error) {
	if l.left <= 0 {
		return 0, errors.New("the answer is longer than the charter allows")
	}
	n, err := l.ReadCloser.Read(b[:min(int64(len(b)), l.left)])
	l.left -= int64(n)
	return n, err
}
