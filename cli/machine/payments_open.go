package machine

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"

	"ayni.example/credit/x402"
	"ayni.example/internal/home"
)

// openPayments asks for payments where HOME/payments.yaml has a price.
func (m *Machine) openPayments(ctx context.Context) (*x402.Server, http.Handler, error) {
	warn := func(err error) { m.config.Log.Warn("prices stay as they were", "error", err) }
	list, file, err := x402.NewPriceList(m.config.Home.Payments(), m.now, warn)
	if err != nil {
		return nil, nil, advice(err, "mend the file, or remove it: then nothing has a price")
	}
	server, err := x402.New(ctx, x402.Config{
		Ledger: m.ledger.Client, DB: m.database, Prices: list.Prices, Now: m.now, Logger: m.config.Log,
	})
	if err != nil {
		return nil, nil, err
	}
	m.add("payments", server.Run)
	if file.FacilitatorPerHour == 0 {
		return server, nil, nil
	}
	return server, x402.NewFacilitator(server, file.FacilitatorPerHour).Handler("/x402"), nil
}

// Payments lists what was paid on the spot in the last day, from the records of a home; nil where none ever ran.
func Payments(ctx context.Context, h *home.Home) ([]x402.Entry, error) {
	if _, err := os.Stat(gatewayDatabase(h)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	db, err := openDatabase(ctx, gatewayDatabase(h))
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	return x402.Entries(ctx, db, 200)
}
