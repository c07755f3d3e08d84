package machine

import (
	"context"
	"crypto/rand"
	"net/http"

	"ayni.example/credit/topup"
	"ayni.example/inference/gateway"
	"ayni.example/internal/clock"
	"ayni.example/internal/home"
)

// openTopup takes the reports of the payment service that HOME/topup.yaml names.
func (m *Machine) openTopup(ctx context.Context) (http.Handler, error) {
	settings, err := topup.ReadSettings(m.config.Home.Topup())
	if err != nil {
		return nil, advice(err, "mend the file, or remove it: then nothing is topped up")
	}
	till, err := topup.New(ctx, topup.Config{DB: m.database, Keys: m.apiKeys, Settings: settings, Now: m.now})
	if err != nil {
		return nil, advice(err, "mend "+m.config.Home.Topup()+", or remove it: then nothing is topped up")
	}
	return till.Reports(topup.WebhookName, m.config.Log), nil
}

// Till opens the top-ups of a home for one piece of work, while a machine runs or not.
func Till(ctx context.Context, h *home.Home, work func(*topup.Till) error) error {
	settings, err := topup.ReadSettings(h.Topup())
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, gatewayDatabase(h))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	keys, err := gateway.OpenKeys(ctx, gateway.KeysConfig{DB: db, Now: clock.System, Random: rand.Reader})
	if err != nil {
		return err
	}
	till, err := topup.New(ctx, topup.Config{DB: db, Keys: keys, Settings: settings, Now: clock.System})
	if err != nil {
		return err
	}
	return work(till)
}
