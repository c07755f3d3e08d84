package x402

import (
	"context"
	"database/sql"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
)

const (
	// settleBatch is how many holds one transaction settles.
	settleBatch = 50
	settlePause = 2 * time.Second
)

// Run settles what was held and is answered, many in one transaction, until ctx ends. What a run before has left is settled too.
func (s *Server) Run(ctx context.Context) error {
	ticker := time.NewTicker(settlePause)
	defer ticker.Stop()
	for {
		if err := s.settle(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Logger.Warn("holds are not settled yet", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-ticker.C:
		}
	}
}

// poke has Run look at once.
func (s *Server) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Server) settle(ctx context.Context) error {
	due, err := s.store.list(ctx, stateAnswered, settleBatch)
	if err != nil || len(due) == 0 {
		return err
	}
	var msgs []sdk.Msg
	var open []*record
	for _, rec := range due {
		there, err := s.onLedger(ctx, rec)
		if err != nil {
			return err
		}
		if !there { // settled by the run before, or lapsed
			if err := s.finish(ctx, rec); err != nil {
				return err
			}
			continue
		}
		charge, err := amount(rec.paid)
		if err != nil {
			return err
		}
		msgs = append(msgs, &credit.MsgSettle{Facilitator: s.cfg.Ledger.Address(), Payer: rec.payer, Nonce: rec.nonce, Amount: charge})
		open = append(open, rec)
	}
	if len(msgs) == 0 {
		return nil
	}
	if _, err := s.cfg.Ledger.Submit(ctx, msgs...); err != nil {
		return err
	}
	for _, rec := range open {
		if err := s.finish(ctx, rec); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) finish(ctx context.Context, rec *record) error {
	rec.state = stateSettled
	return s.store.update(ctx, rec)
}

// Entry is a payment as its seller lists it.
type Entry struct {
	Payer  string    `json:"payer"`
	Path   string    `json:"path"`
	Scheme string    `json:"scheme"`
	Amount string    `json:"amount"`
	Paid   string    `json:"paid"`
	State  string    `json:"state"`
	Tx     string    `json:"tx"`
	Time   time.Time `json:"time"`
}

// Entries lists the payments of the last day in a database, newest first.
func Entries(ctx context.Context, db *sql.DB, most int) ([]Entry, error) {
	kept, err := openStore(ctx, db)
	if err != nil {
		return nil, err
	}
	all, err := kept.list(ctx, -1, most)
	entries := make([]Entry, 0, len(all))
	for _, r := range all {
		state := [...]string{"intent", "taken", "answered", "settled"}[r.state]
		entries = append(entries, Entry{r.payer, r.path, r.scheme, r.amount.String(), r.paid, state, r.tx, r.created})
	}
	return entries, err
}

// PayTo is where payments go, as wallets write it.
func (s *Server) PayTo() string { return ethkey.Hex(s.self) }

// Network is the ledger's name in CAIP-2.
func (s *Server) Network() string { return network(s.chain) }

// counts are the server's figures.
type counts struct {
	events *prometheus.CounterVec
	income *prometheus.CounterVec
}

func newCounts() counts {
	return counts{
		prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ayni_x402_payments_total", Help: "Requests to priced routes, by what came of them."}, []string{"event"}),
		prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ayni_x402_income_credits_total", Help: "Credits paid for priced routes."}, []string{"scheme"}),
	}
}

func (c counts) add(event string) { c.events.WithLabelValues(event).Inc() }

func (c counts) paid(scheme string, amount math.Int) {
	if credits, err := math.LegacyNewDecFromIntWithPrec(amount, 18).Float64(); err == nil {
		c.income.WithLabelValues(scheme).Add(credits)
	}
}

// Describe implements prometheus.Collector.
func (s *Server) Describe(ch chan<- *prometheus.Desc) {
	s.counts.events.Describe(ch)
	s.counts.income.Describe(ch)
}

// Collect implements prometheus.Collector.
func (s *Server) Collect(ch chan<- prometheus.Metric) {
	s.counts.events.Collect(ch)
	s.counts.income.Collect(ch)
}
