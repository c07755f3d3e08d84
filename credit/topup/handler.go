package topup

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
)

const (
	reportMost = 64 << 10 // bytes
	atOnceMost = 8
)

// Reports is where an adapter's service sends its reports; nil where the adapter is off or has none. A service asks again until it
// gets a 2xx: a report gets one when its payment is written down, taken or refused, and when it is news of something else.
func (t *Till) Reports(name string, logger *slog.Logger) http.Handler {
	reporter, ok := t.adapters[name].(Reporter)
	if !ok {
		return nil
	}
	turns := make(chan struct{}, atOnceMost)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			respond(w, http.StatusMethodNotAllowed, "a report is posted")
			return
		}
		select {
		case turns <- struct{}{}:
			defer func() { <-turns }()
		default:
			w.Header().Set("Retry-After", "1")
			respond(w, http.StatusServiceUnavailable, "too many reports at once")
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, reportMost))
		if err != nil {
			respond(w, http.StatusRequestEntityTooLarge, "the report is too long, or did not come whole")
			return
		}
		payment, err := reporter.Report(r.Header, body)
		switch {
		case errors.Is(err, ErrForged):
			logger.Warn("report of a payment refused", "adapter", name, "error", err)
			respond(w, http.StatusUnauthorized, err.Error())
		case err != nil:
			logger.Error("report of a payment not understood", "adapter", name, "error", err)
			respond(w, http.StatusBadRequest, err.Error())
		case payment == nil:
			respond(w, http.StatusOK, "ignored")
		default:
			t.report(w, r, *payment, logger)
		}
	})
}

func (t *Till) report(w http.ResponseWriter, r *http.Request, p Payment, logger *slog.Logger) {
	e, err := t.Take(r.Context(), p)
	switch {
	case err != nil:
		logger.Error("payment not taken", "adapter", p.By, "payment", p.ID, "error", err)
		respond(w, http.StatusInternalServerError, "the payment cannot be written down now; send the same again")
		return
	case e.Again:
	case e.Outcome == Credited:
		logger.Info("key topped up", "adapter", e.By, "order", e.Order, "key", e.Key, "sum", e.Sum.String())
	default:
		logger.Warn("payment fits no order", "adapter", e.By, "payment", e.Payment, "sum", e.Sum.String(), "reason", e.Outcome)
	}
	respond(w, http.StatusOK, e.Outcome)
}

func respond(w http.ResponseWriter, status int, outcome string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"outcome": outcome})
}
