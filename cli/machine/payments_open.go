package machine

import (
	"context"
	"net/http"

	"ayni.example/credit/x402"
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

// Payments lists what was paid on the spot in the last day, from the records of a home.
func Payments(ctx context.Context, database string) ([]x402.Entry, error) {
	db, err := openDatabase(ctx, database)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	return x402.Entries(ctx, db, 200)
}
