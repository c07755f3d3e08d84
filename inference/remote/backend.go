package remote

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"log/slog"
	"time"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
	"ayni.example/p2p"
	"ayni.example/receipt"
)

// ErrDishonest marks a provider that broke the terms.
var ErrDishonest = gateway.ErrDishonest

// Dialer is the part of p2p.Host that a job needs.
type Dialer interface {
	ID() string
	Open(ctx context.Context, peer string, addrs []string, protocol string) (*p2p.Stream, error)
}

// Payer is the part of credit.Payer that a job needs.
type Payer interface {
	Key() receipt.Key
	Lane(ctx context.Context, want credit.Want) (*credit.PayerLane, error)
	Recheck(payee string)
}

// Meter checks a provider's counting with the model's own tokenizer, where this machine has it.
type Meter interface {
	// Prompt counts the request's prompt; ok is false when the model is not here.
	Prompt(ctx context.Context, modelDigest string, req engine.Request) (tokens int, ok bool)
	// Text is what the token ids say; ok is false when the model is not here.
	Text(ctx context.Context, modelDigest string, ids []int32) (text string, ok bool)
}

var (
	_ Dialer          = (*p2p.Host)(nil)
	_ Payer           = (*credit.Payer)(nil)
	_ gateway.Backend = (*Backend)(nil)
)

// Timeouts bound how long a provider may keep the payer waiting; zero fields have defaults.
type Timeouts struct {
	Lane  time.Duration // for a free lane, a channel's opening included, 30 s when 0
	Quote time.Duration // 90 s when 0: the provider's queue
	Frame time.Duration // for a write, 20 s when 0
	Idle  time.Duration // for the next chunk, 5 min when 0: models load slowly
	Proof time.Duration // for a proved prediction in all, 2 min when 0
	Done  time.Duration // for the last word, 5 s when 0; without it the lane heals later
	Pause time.Duration // before another attempt, twice as long each time, 400 ms when 0: a new channel takes a while to reach the provider's ledger
}

// Config of a Backend.
type Config struct {
	Host     Dialer
	Payer    Payer
	Session  ed25519.PrivateKey // of the payer's channels; signs opens
	ChainID  string
	Meter    Meter // optional
	Timeouts Timeouts
	Random   io.Reader // request ids of healing opens
	Logger   *slog.Logger
}

// Backend sends jobs to providers.
type Backend struct{ cfg Config }

// New checks the configuration.
func New(cfg Config) (*Backend, error) {
	switch {
	case cfg.Host == nil || cfg.Payer == nil || cfg.ChainID == "" || cfg.Random == nil || cfg.Logger == nil:
		return nil, errors.New("remote: host, payer, chain id, randomness and logger are required")
	case len(cfg.Session) != ed25519.PrivateKeySize || receipt.PublicKey(cfg.Session) != cfg.Payer.Key():
		return nil, errors.New("remote: session key is absent or not the payer's")
	}
	or := func(value *time.Duration, otherwise time.Duration) {
		if *value == 0 {
			*value = otherwise
		}
	}
	or(&cfg.Timeouts.Lane, 30*time.Second)
	or(&cfg.Timeouts.Quote, 90*time.Second)
	or(&cfg.Timeouts.Frame, 20*time.Second)
	or(&cfg.Timeouts.Idle, 5*time.Minute)
	or(&cfg.Timeouts.Proof, 2*time.Minute)
	or(&cfg.Timeouts.Done, 5*time.Second)
	or(&cfg.Timeouts.Pause, 400*time.Millisecond)
	return &Backend{cfg: cfg}, nil
}

// attemptsMax bounds the streams opened for one job.
const attemptsMax = 4

// Serve sends one job to the provider that its route names.
func (b *Backend) Serve(
	ctx context.Context, job gateway.Job, started func(gateway.Started) error, emit func(engine.Chunk) error,
) (gateway.Outcome, error) {
	limit, err := need(job)
	if err != nil {
		return gateway.Outcome{}, err
	}
	client := &client{started: started, emit: emit}
	for attempt := 1; ; attempt++ {
		out, err := b.attempt(ctx, job, limit, client)
		if err == nil {
			return out, nil
		}
		var again *againError
		if !errors.As(err, &again) || client.begun || attempt == attemptsMax || ctx.Err() != nil {
			return out, err
		}
		b.cfg.Logger.Debug("job is tried again", "provider", job.Route.Provider, "request", job.RequestID, "err", err)
		select {
		case <-ctx.Done():
			return out, err
		case <-time.After(b.cfg.Timeouts.Pause << (attempt - 1)):
		}
	}
}

// againError marks what the same provider may answer on another stream.
type againError struct{ error }

func (e *againError) Unwrap() error { return e.error }

// client is who gets the answer.
type client struct {
	started func(gateway.Started) error
	emit    func(engine.Chunk) error
	begun   bool // something was passed on: the answer cannot begin again
}
