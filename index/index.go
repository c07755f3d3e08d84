package index

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"

	"ayni.example/client"
	"ayni.example/internal/clock"
)

// Ledger is where blocks come from; client.Client is one.
type Ledger interface {
	ChainID() string
	Status(ctx context.Context) (client.Status, error)
	Executed(ctx context.Context, height int64) (client.Executed, error)
	BlockHash(ctx context.Context, height int64) ([]byte, error)
}

var _ Ledger = (*client.Client)(nil)

// Config is what an index needs.
type Config struct {
	Database string // path of a file, or postgres://USER:PASSWORD@HOST:PORT/DATABASE
	Ledger   Ledger
	Registry codectypes.InterfaceRegistry // to decode messages
	Denom    string                       // of the credits that movements count
	Look     time.Duration                // how often the ledger's height is looked at; 200 ms when 0
	Now      clock.Clock
	Logger   *slog.Logger
}

// Index follows the ledger and answers queries.
type Index struct {
	config  Config
	db      *database
	derive  deriver
	rebuild chan *request

	mu     sync.Mutex // guards what Status tells
	head   head
	ledger client.Status
	schema int
	state  State
	cause  string
	errors int64

	behindSince time.Time
}

// request asks the goroutine that writes to begin anew.
type request struct {
	force bool
	done  chan error
}

// New names the database; Run reaches it.
func New(cfg Config) (*Index, error) {
	if cfg.Ledger == nil || cfg.Registry == nil || cfg.Now == nil || cfg.Logger == nil || cfg.Database == "" || cfg.Denom == "" {
		return nil, errors.New("index: database, ledger, registry, denom, clock and logger are required")
	}
	if cfg.Look == 0 {
		cfg.Look = lookEvery
	}
	db, err := open(cfg.Database)
	if err != nil {
		return nil, err
	}
	return &Index{
		config: cfg, db: db, derive: deriver{cfg.Registry, cfg.Denom}, rebuild: make(chan *request), state: Starting,
	}, nil
}

// Close ends the connections; call it after Run.
func (x *Index) Close() error { return x.db.close() }

const (
	// Pauses between attempts after something went wrong.
	retryMin, retryMax = 500 * time.Millisecond, 30 * time.Second
	// lookEvery is how often the ledger's height is looked at unless the configuration says: a read in memory of the node.
	lookEvery = 200 * time.Millisecond
	// Bounds of one transaction.
	batchBlocks, batchRows = 256, 8_192
	// writeMost bounds the time of one, so that a database that hangs is given up.
	writeMost = 2 * time.Minute
)

// Run follows the ledger until ctx ends. Whatever goes wrong with the database is shown in Status and tried again: the index never
// stops the machine.
func (x *Index) Run(ctx context.Context) error {
	pause := retryMin
	var asked *request
	for {
		start := x.config.Now()
		next, err := x.follow(ctx, asked)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if asked = next; asked != nil {
			continue
		}
		if x.config.Now().Sub(start) > retryMax {
			pause = retryMin
		}
		if x.fail(err) == Waiting { // for somebody else, who may be done any moment
			pause = retryMin
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case asked = <-x.rebuild:
		case <-time.After(pause):
		}
		pause = min(2*pause, retryMax)
	}
}

// Rebuild empties the index, which then reads the ledger anew; force gives up what the ledger no longer holds, or what is another
// network's. It returns once the index is empty.
func (x *Index) Rebuild(ctx context.Context, force bool) error {
	r := &request{force: force, done: make(chan error, 1)}
	select {
	case x.rebuild <- r:
	case <-ctx.Done():
		return fmt.Errorf("the index is busy: %w", ctx.Err())
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait for the index to be emptied: %w", ctx.Err())
	}
}
