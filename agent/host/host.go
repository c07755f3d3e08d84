package host

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"filippo.io/age"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/artifact"
	"ayni.example/sandbox"
	"ayni.example/x/agent"
)

// Ledger is what a host asks and tells; It signs with the host's account, which nothing else here can.
type Ledger interface {
	Agent(ctx context.Context, id []byte) (*agent.QueryAgentResponse, error)
	Agents(ctx context.Context, owner string) ([]agent.Agent, error)
	AgentLease(ctx context.Context, id []byte) (agent.Lease, error)
	AgentLeases(ctx context.Context, host string) ([]agent.Lease, error)
	AgentEntry(ctx context.Context, id []byte, wake uint64) (agent.Entry, error)
	AgentLog(ctx context.Context, id []byte) ([]agent.Entry, error)
	AgentHosts(ctx context.Context) ([]agent.Host, error)
	AgentTreasury(ctx context.Context, id []byte) (*agent.QueryTreasuryResponse, error)
	AgentParams(ctx context.Context) (agent.Params, error)
	// Submit waits until all messages, or none, have taken effect.
	Submit(ctx context.Context, msgs ...sdk.Msg) error
}

// Artifacts keeps what wake-ups leave and fetches what others left.
type Artifacts interface {
	// Put stores and pins a blob, and lets other machines find it.
	Put(ctx context.Context, blob []byte, reason string) (artifact.Digest, error)
	// Fetch brings a blob here from whoever has it, and pins it.
	Fetch(ctx context.Context, d artifact.Digest, most int64, reason string) ([]byte, error)
	// Drop gives up a blob that was put or fetched.
	Drop(d artifact.Digest) error
}

// Config of a Host.
type Config struct {
	Dir       string // of the journals
	Address   string // of this machine's account
	ChainID   string
	Ledger    Ledger
	Artifacts Artifacts
	Thinker   Thinker
	Payer     Payer          // none: nothing is paid outside
	WASM      sandbox.Driver // none: no code
	Key       *age.X25519Identity
	Price     math.Int // what this host asks for a wake-up; no more than the charter gives
	Private   bool     // agents of others may reach private addresses that their charters name, as this machine's own agents may
	Random    io.Reader
	Now       func() time.Time
	Logger    *slog.Logger

	Every time.Duration // between looks at the ledger, 1 s when 0
	Most  int           // wake-ups at one time, 4 when 0
	// Register is for how long this machine registers as a host, anew when half of it is over; 0: it does not.
	Register time.Duration
}

// Host takes the wake-ups that the ledger gives to this machine.
type Host struct {
	cfg Config

	mu    sync.Mutex
	doing map[string]bool            // by agent
	kept  map[string]artifact.Digest // memory that was fetched ahead, by agent
	later map[string]time.Time       // agents whose wake-up failed here, until when
	work  sync.WaitGroup
}

// New opens the folder of the journals.
func New(cfg Config) (*Host, error) {
	if cfg.Dir == "" || cfg.Address == "" || cfg.ChainID == "" || cfg.Ledger == nil || cfg.Artifacts == nil || cfg.Thinker == nil ||
		cfg.Key == nil || cfg.Random == nil || cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("host of agents needs a folder, an address, a ledger, artifacts, a thinker, a key, randomness, a clock and a logger")
	}
	if cfg.Every <= 0 {
		cfg.Every = time.Second
	}
	if cfg.Most <= 0 {
		cfg.Most = 4
	}
	if cfg.Price.IsNil() {
		cfg.Price = math.ZeroInt()
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of agents: %w", err)
	}
	return &Host{cfg: cfg, doing: map[string]bool{}, kept: map[string]artifact.Digest{}, later: map[string]time.Time{}}, nil
}

// Run looks for wake-ups until ctx ends. One that is not done then goes on when the host runs again, here or elsewhere.
func (h *Host) Run(ctx context.Context) error {
	defer h.work.Wait()
	tick := time.NewTicker(h.cfg.Every)
	defer tick.Stop()
	for n := 0; ; n++ {
		if err := h.look(ctx, n); err != nil && ctx.Err() == nil {
			h.cfg.Logger.Warn("wake-ups are not looked for", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// aheadEvery is how many looks pass between two rounds of upkeep.
const aheadEvery = 10

func (h *Host) look(ctx context.Context, n int) error {
	var upkeep error
	if n%aheadEvery == 0 || n < aheadEvery && n&(n-1) == 0 { // at first oftener: a new machine is no provider for a block or two
		upkeep = errors.Join(h.Register(ctx), h.ahead(ctx), h.sweep(ctx))
	}
	mine, err := h.cfg.Ledger.AgentLeases(ctx, h.cfg.Address)
	if err != nil {
		return errors.Join(upkeep, err)
	}
	free, err := h.cfg.Ledger.AgentLeases(ctx, "")
	if err != nil {
		return errors.Join(upkeep, err)
	}
	for _, l := range append(mine, free...) {
		if len(l.Seed) == 0 || l.Host != "" && l.Host != h.cfg.Address {
			continue
		}
		h.begin(ctx, l)
	}
	return upkeep
}

// begin starts a wake-up, unless it goes on already or this machine has enough to do.
func (h *Host) begin(ctx context.Context, l agent.Lease) {
	id := hex.EncodeToString(l.Agent)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.doing[id] || len(h.doing) >= h.cfg.Most || h.cfg.Now().Before(h.later[id]) {
		return
	}
	h.doing[id] = true
	h.work.Go(func() {
		err := h.wake(ctx, l)
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.doing, id)
		delete(h.later, id)
		if err != nil && ctx.Err() == nil {
			h.later[id] = h.cfg.Now().Add(3 * h.cfg.Every)
			h.cfg.Logger.Warn("wake-up is not done", "agent", id, "wake", l.Wake.Number, "epoch", l.Epoch, "error", err.Error())
		}
	})
}

func (h *Host) journalPath(id []byte, wake uint64) string {
	return filepath.Join(h.cfg.Dir, fmt.Sprintf("%x-%d.jsonl", id, wake))
}
