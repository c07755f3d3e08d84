package serve

import (
	"errors"
	"io"
	"log/slog"
	"time"

	"ayni.example/inference/engine"
	"ayni.example/receipt"
)

// Offer is what this machine serves to others, and at which price.
type Offer struct {
	Digest string        // as on the ledger: 64 hexadecimal digits
	Name   string        // as on the ledger
	Model  string        // the engine's own name
	Price  receipt.Price // acredit per token
}

// Limits bound what runs and waits; zero fields have defaults.
type Limits struct {
	Jobs       int           // answers at once, 8 when 0
	Waiting    int           // jobs in the queue, 64 when 0
	PayerJobs  int           // of one payer, running and waiting, 16 when 0
	Frame      time.Duration // for a payer's next frame, a voucher included, 20 s when 0
	Idle       time.Duration // for an engine's next chunk, 10 min when 0
	SliceUnits uint64        // a slice is the price of this many output tokens, 256 when 0
	Kept       int           // finished answers kept for payers whose connection broke, 1,000 when 0
	KeptBytes  int           // of their chunks, 64 MiB when 0
	KeptFor    time.Duration // 10 min when 0
}

// Config of a Server.
type Config struct {
	ChainID string
	Address string // this machine's account
	Engines []engine.Engine
	Offers  func() []Offer // what is offered to the network now; nil: nothing
	Limits  Limits
	Now     func() time.Time
	Random  io.Reader // receipt and quote ids
	Logger  *slog.Logger
}

// Server answers requests. It is safe for concurrent use.
type Server struct {
	cfg       Config
	catalogue *catalogue
	admission *admission
}

// New checks the configuration; engines are asked for their models when they are first needed.
func New(cfg Config) (*Server, error) {
	switch {
	case cfg.ChainID == "" || cfg.Address == "":
		return nil, errors.New("serve: chain id or account address is absent")
	case cfg.Now == nil || cfg.Random == nil || cfg.Logger == nil:
		return nil, errors.New("serve: clock, randomness or logger is absent")
	}
	if cfg.Offers == nil {
		cfg.Offers = func() []Offer { return nil }
	}
	cfg.Limits.setDefaults()
	return &Server{
		cfg:       cfg,
		catalogue: newCatalogue(cfg.Engines, cfg.Now, cfg.Logger),
		admission: newAdmission(cfg.Limits.Jobs, cfg.Limits.Waiting, cfg.Limits.PayerJobs),
	}, nil
}

func (l *Limits) setDefaults() {
	orInt := func(value *int, otherwise int) {
		if *value == 0 {
			*value = otherwise
		}
	}
	orTime := func(value *time.Duration, otherwise time.Duration) {
		if *value == 0 {
			*value = otherwise
		}
	}
	orInt(&l.Jobs, 8)
	orInt(&l.Waiting, 64)
	orInt(&l.PayerJobs, 16)
	orInt(&l.Kept, 1000)
	orInt(&l.KeptBytes, 64<<20)
	orTime(&l.Frame, 20*time.Second)
	orTime(&l.Idle, 10*time.Minute)
	orTime(&l.KeptFor, 10*time.Minute)
	if l.SliceUnits == 0 {
		l.SliceUnits = 256
	}
}
