package machine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"filippo.io/age"

	"cosmossdk.io/math"

	"ayni.example/agent/host"
	"ayni.example/artifact"
	"ayni.example/credit/keystore"
	"ayni.example/inference/gateway"
	"ayni.example/internal/daemon"
	"ayni.example/internal/home"
	"ayni.example/sandbox/wasm"
)

const (
	// agentRegistered is for how long this machine registers as a host at a time.
	agentRegistered = 7 * 24 * time.Hour
	// agentPrice is what this machine asks for a wake-up unless its owner says otherwise, in credits.
	agentPrice = "0.001"
	// agentModuleMax bounds the code that a charter names; anybody may write one.
	agentModuleMax = 64 << 20
	// pinAgents names those who hold what agents left among those who keep artifacts.
	pinAgents = "agents"
)

// agents runs agents of others and of one's own, once the owner of this machine has said so.
type agents struct {
	mu    sync.Mutex
	file  string
	begun chan struct{}
	price math.Int // nil before begun
}

// agentSettings lie in a file of the home.
type agentSettings struct {
	Price string `json:"price"` // credits for a wake-up
}

// openAgents reads whether this machine hosts agents.
func (m *Machine) openAgents(context.Context) error {
	a := &agents{file: filepath.Join(filepath.Dir(m.config.Home.Database()), "agents.json"), begun: make(chan struct{})}
	m.agents = a
	m.addReader("agents", m.hostAgents)
	text, err := os.ReadFile(a.file)
	var s agentSettings
	switch {
	case err == nil:
		if err = json.Unmarshal(text, &s); err == nil {
			err = a.begin(s.Price)
		}
		if err != nil {
			return advice(fmt.Errorf("read %s: %w", a.file, err), "mend it, or move it away to host no agents")
		}
		return nil
	case !errors.Is(err, os.ErrNotExist):
		return err
	case m.config.Settings.HostAgents:
		return a.begin(agentPrice)
	}
	return nil
}

// begin has agents hosted at a price from now on.
func (a *agents) begin(price string) error {
	amount, err := home.Credits(price)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.price.IsNil() {
		return nil // a new price counts from the next start
	}
	a.price = amount
	close(a.begun)
	return nil
}

// hostAgentsAt has this machine host agents for a price a wake-up in credits ("": the usual one), now and after later starts.
func (m *Machine) hostAgentsAt(price string) error {
	if price == "" {
		price = agentPrice
	}
	if _, err := home.Credits(price); err != nil {
		return err
	}
	text, err := json.Marshal(agentSettings{Price: price})
	if err != nil {
		return err
	}
	if err := home.WriteFile(m.agents.file, append(text, '\n')); err != nil {
		return err
	}
	return m.agents.begin(price)
}

// hostAgents waits for the owner's word and hosts until ctx ends. What fails here stops nothing else.
func (m *Machine) hostAgents(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-m.agents.begun:
	}
	h, code, err := m.newAgentHost() //nolint:contextcheck // what it makes lives as long as the machine
	if err == nil {
		err = daemon.Run(ctx, m.config.Log, daemon.Service{Name: "host of agents", Run: h.Run})
		err = errors.Join(err, code.Close())
	}
	if err != nil && ctx.Err() == nil {
		m.config.Log.Error("this machine hosts no agents", "error", err.Error())
		<-ctx.Done()
	}
	return ctx.Err()
}

func (m *Machine) newAgentHost() (*host.Host, io.Closer, error) {
	key, err := AgentIdentity(m.keys.Wallet())
	if err != nil {
		return nil, nil, err
	}
	kept := m.agentArtifacts()
	code, err := wasm.New(wasm.Config{Now: m.now, Fetch: func(ctx context.Context, digest string) (io.ReadCloser, error) {
		if _, err := m.fetches.artifacts.Stat(artifact.Digest(digest)); err != nil {
			if err := m.bring(ctx, artifact.Digest(digest), agentModuleMax); err != nil {
				return nil, err
			}
		}
		return m.fetches.artifacts.Open(artifact.Digest(digest))
	}})
	if err != nil {
		return nil, nil, err
	}
	m.agents.mu.Lock()
	price := m.agents.price
	m.agents.mu.Unlock()
	h, err := host.New(host.Config{
		Dir: filepath.Join(m.config.Home.Dir(), "data", "agents"), Address: m.address, ChainID: m.node.Genesis().ChainID, Ledger: m.ledger,
		Artifacts: kept, Thinker: m.AgentThinker(), Payer: host.X402{ChainID: m.node.Genesis().ChainID, Now: m.now}, WASM: code, Key: key, Price: price, Random: rand.Reader, Now: m.now, Logger: m.config.Log,
		Register: agentRegistered,
	})
	if err != nil {
		return nil, nil, errors.Join(err, code.Close())
	}
	return h, code, nil
}

// AgentThinker asks models through this home's own gateway, so that each answer has a receipt.
func (m *Machine) AgentThinker() *host.Chat {
	return &host.Chat{URL: m.url, Client: &http.Client{Transport: asOwner{m}}}
}

// asOwner sends requests to the gateway's own routes over no network, so that a price or a certificate does not stand in the way.
type asOwner struct{ m *Machine }

// RoundTrip implements http.RoundTripper.
func (o asOwner) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := gateway.AsOwner(r.Context())
	if most, bounded := host.MostOf(ctx); bounded {
		ctx = gateway.AtMost(ctx, most)
	}
	return o.m.gateway.Inside().RoundTrip(r.WithContext(ctx))
}

// AgentIdentity opens what is sealed to this home as a host or as an owner of agents.
func AgentIdentity(w keystore.Wallet) (*age.X25519Identity, error) {
	secret, err := w.AgentKey()
	if err != nil {
		return nil, err
	}
	return host.Identity(secret[:])
}

// agentStore keeps what agents leave in the store of this home, where peers find it.
type agentStore struct{ m *Machine }

var _ host.Artifacts = agentStore{}

var _ host.Ledger = (*ledger)(nil)

func (m *Machine) agentArtifacts() agentStore { return agentStore{m} }

func (m *Machine) agentReader() agentReader { return agentReader{m.agentArtifacts()} }

// Put implements host.Artifacts.
func (s agentStore) Put(ctx context.Context, blob []byte, reason string) (artifact.Digest, error) {
	info, err := s.m.fetches.artifacts.PutBytes(ctx, blob)
	if err != nil {
		return "", err
	}
	return info.Digest, s.pin(info.Digest, reason)
}

// Fetch implements host.Artifacts.
func (s agentStore) Fetch(ctx context.Context, d artifact.Digest, most int64, reason string) ([]byte, error) {
	blob, err := s.m.readBlob(ctx, d, most)
	if err != nil {
		return nil, err
	}
	return blob, s.pin(d, reason)
}

// readBlob is what lies here, or with a peer.
func (m *Machine) readBlob(ctx context.Context, d artifact.Digest, most int64) ([]byte, error) {
	store := m.fetches.artifacts
	if _, err := store.Stat(d); err != nil {
		if err := m.bring(ctx, d, most); err != nil {
			return nil, err
		}
	}
	return store.ReadAll(d, most)
}

// agentReader fetches what is looked at and not kept: nobody would ever give it up.
type agentReader struct{ agentStore }

// Fetch implements host.Artifacts.
func (s agentReader) Fetch(ctx context.Context, d artifact.Digest, most int64, _ string) ([]byte, error) {
	return s.m.readBlob(ctx, d, most)
}

func (s agentStore) pin(d artifact.Digest, reason string) error {
	return s.m.fetches.artifacts.Pin(artifact.Pin{Digest: d, Owner: pinAgents, Reason: reason, Since: s.m.now()})
}

// Drop implements host.Artifacts.
func (s agentStore) Drop(d artifact.Digest) error {
	err := s.m.fetches.artifacts.Unpin(d, pinAgents)
	if errors.Is(err, artifact.ErrNotPinned) {
		return nil
	}
	return err
}
