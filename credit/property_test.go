package credit_test

import (
	"errors"
	"flag"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"cosmossdk.io/math"

	service "ayni.example/credit"
	"ayni.example/receipt"
)

// machine plays one lane's protocol step by step; each step may be the last before a crash of either side. What was served
// and what was seen is tracked beside the program under test.
type machine struct {
	*world
	t       *rapid.T
	s       *session
	jobs    int
	request string

	credit int64 // paid for the open job before this connection
	served int64 // worth of what the payee gave away in the open job
	seen   receipt.Usage
	r      *receipt.Receipt
	final  *receipt.Voucher
	flight *receipt.Voucher // stored by the payer, on its way
}

// TestInterleavings checks after every step of random runs that no money is made or lost and nobody is ahead by more than a slice.
func TestInterleavings(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		must(t, flag.Set("rapid.checks", "10"))
	}
	rapid.Check(t, func(rt *rapid.T) {
		m := &machine{world: newWorld(t, 1), t: rt}
		m.policy.Lanes = 1
		m.crashPayer()
		defer m.drop()
		rt.Repeat(map[string]func(*rapid.T){
			"":              m.check,
			"begin":         m.begin,
			"serve":         m.serveChunk,
			"pay":           m.pay,
			"deliver":       m.deliver,
			"complete":      m.complete,
			"acknowledge":   m.acknowledge,
			"settle":        m.settle,
			"disconnect":    func(*rapid.T) { m.drop() },
			"crash payer":   func(*rapid.T) { m.drop(); m.crashPayer() },
			"crash payee":   func(*rapid.T) { m.drop(); m.crashPayee() },
			"claim":         m.claim,
			"deliver twice": m.deliverTwice,
		})
		m.drop()
		m.heal()
	})
}

// begin takes the lane up, for a new request or again for the one that was left.
func (m *machine) begin(t *rapid.T) {
	if m.s != nil {
		t.Skip("a job runs")
	}
	if m.request == "" || rapid.Bool().Draw(t, "new request") {
		m.jobs++
		m.request = request(m.jobs)
	}
	m.s = &session{w: m.world, payer: m.lane(), terms: m.terms(m.request)}
	if err := m.s.begin(); err != nil {
		m.t.Fatalf("begin: %v", err)
	}
	m.credit, m.served, m.seen = m.s.payer.Paid().Int64(), 0, receipt.Usage{}
}

// serveChunk gives away some tokens, as long as what is not paid for stays within a slice.
func (m *machine) serveChunk(t *rapid.T) {
	if m.s == nil || m.r != nil {
		t.Skip("nothing to serve")
	}
	next := m.seen
	if next.Prompt == 0 {
		next.Prompt = 20
	} else {
		next.Completion += rapid.Uint64Range(1, 12).Draw(t, "tokens")
	}
	worth := int64(next.Prompt*inputPrice + next.Completion*outputPrice)
	if worth-m.s.payee.Paid().Int64() > slice || worth > jobLimit-1000 {
		t.Skip("must be paid first")
	}
	m.served, m.seen = worth, next
}

// pay makes the payer store a voucher; it does not arrive by itself.
func (m *machine) pay(t *rapid.T) {
	if m.s == nil || m.r != nil || m.flight != nil {
		t.Skip("nothing to pay")
	}
	worth := int64(m.seen.Prompt*inputPrice + m.seen.Completion*outputPrice)
	amount := rapid.Int64Range(0, worth+slice+5).Draw(t, "amount")
	v, err := m.s.payer.Voucher(m.ctx, m.s.payer.Base().AddRaw(amount), m.seen)
	switch {
	case amount > worth+slice:
		if !errors.Is(err, service.ErrBudget) && !errors.Is(err, service.ErrStale) {
			m.t.Fatalf("paid %d for %d: %v", amount, worth, err)
		}
	case err == nil:
		m.flight = &v
	case !errors.Is(err, service.ErrStale) && !errors.Is(err, service.ErrBudget):
		m.t.Fatalf("pay %d: %v", amount, err)
	}
}

func (m *machine) deliver(t *rapid.T) {
	if m.flight == nil {
		t.Skip("nothing on its way")
	}
	if _, err := m.s.payee.Accept(m.ctx, *m.flight); err != nil {
		m.t.Fatalf("deliver: %v", err)
	}
	m.flight = nil
}

func (m *machine) deliverTwice(t *rapid.T) {
	if m.flight == nil {
		t.Skip("nothing on its way")
	}
	flight := *m.flight
	m.deliver(t)
	if _, err := m.s.payee.Accept(m.ctx, flight); err != nil {
		m.t.Fatalf("deliver again: %v", err)
	}
}

func (m *machine) complete(t *rapid.T) {
	if m.s == nil || m.r != nil || m.flight != nil || m.seen.Prompt == 0 {
		t.Skip("not done")
	}
	r, err := m.s.payee.Complete(m.ctx, done(m.s.terms, m.seen))
	if errors.Is(err, service.ErrOverpaid) {
		t.Skip("paid ahead")
	}
	if err != nil {
		m.t.Fatalf("complete: %v", err)
	}
	m.r = &r
}

func (m *machine) acknowledge(t *rapid.T) {
	if m.r == nil || m.final != nil {
		t.Skip("no receipt")
	}
	v, err := m.s.payer.Complete(m.ctx, *m.r)
	if err != nil {
		m.t.Fatalf("acknowledge: %v", err)
	}
	m.final = &v
}

func (m *machine) settle(t *rapid.T) {
	if m.final == nil {
		t.Skip("no final voucher")
	}
	if err := m.s.payee.Settle(m.ctx, *m.final); err != nil {
		m.t.Fatalf("settle: %v", err)
	}
	m.request = ""
	m.drop()
}

func (m *machine) claim(*rapid.T) {
	if err := m.tower(service.WatchtowerConfig{}).Claim(m.ctx, true); err != nil {
		m.t.Fatalf("claim: %v", err)
	}
}

// drop cuts the connection: what is on its way is lost, and both sides let the lane go.
func (m *machine) drop() {
	if m.s != nil {
		m.s.release()
	}
	m.s, m.r, m.final, m.flight = nil, nil, nil, nil
}

// check holds what is true at every moment.
func (m *machine) check(t *rapid.T) {
	payer, payee := m.audit() // every receipt verifies, chains hold, and sums agree with the lanes
	if payee.promised.GT(payer.promised) {
		t.Fatalf("the payee holds %s, the payer promised %s", payee.promised, payer.promised)
	}
	if m.s != nil && m.final == nil {
		paid := m.s.payer.Paid().Int64()
		worth := int64(m.seen.Prompt*inputPrice + m.seen.Completion*outputPrice)
		if paid-worth > max(slice, m.credit) {
			t.Fatalf("the payer is %d ahead", paid-worth)
		}
		if m.served-m.s.payee.Paid().Int64() > slice {
			t.Fatalf("the payee is %d ahead", m.served-m.s.payee.Paid().Int64())
		}
	}
	if open := payer.open.Int64(); open > jobLimit {
		t.Fatalf("%d open", open)
	}
	if !m.ledger.supply().Equal(math.NewInt(100_000_000)) {
		t.Fatalf("all money is %s", m.ledger.supply())
	}
	if payee.claimed.GT(payee.promised) || !m.ledger.balance(payeeAddress).Equal(payee.claimed) {
		t.Fatalf("claimed %s of %s, the balance is %s", payee.claimed, payee.promised, m.ledger.balance(payeeAddress))
	}
}

// heal serves one more job: afterwards both sides agree to the unit, and the claim pays exactly the receipts.
func (m *machine) heal() {
	m.serve(fmt.Sprintf("last after %d", m.jobs), 2)
	payer, payee := m.audit()
	for _, pair := range [][2]math.Int{
		{payer.promised, payee.promised}, {payer.receipts, payee.receipts}, {payer.promised, payer.receipts},
	} {
		if !pair[0].Equal(pair[1]) {
			m.t.Fatalf("payer %+v and payee %+v do not agree", payer, payee)
		}
	}
	m.claim(nil)
	if !m.ledger.balance(payeeAddress).Equal(payee.receipts) {
		m.t.Fatalf("the payee got %s for receipts of %s", m.ledger.balance(payeeAddress), payee.receipts)
	}
}
