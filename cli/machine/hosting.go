package machine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"cosmossdk.io/math"

	"ayni.example/artifact"
	"ayni.example/artifact/exchange"
	"ayni.example/compute/challenge"
	"ayni.example/compute/lease"
	"ayni.example/compute/provider"
	"ayni.example/compute/session"
	"ayni.example/compute/training"
	"ayni.example/compute/worker"
	"ayni.example/internal/daemon"
	"ayni.example/internal/home"
	service "ayni.example/provider"
	"ayni.example/sandbox/lan"
	"ayni.example/sandbox/oci"
	"ayni.example/tensor"
	"ayni.example/web/operator"
)

// hosting lends this machine out, once its owner has said so. The settings lie in a file.
type hosting struct {
	mu         sync.Mutex
	file       string
	settings   *operator.HostSettings
	begun      chan struct{} // closed when there are settings
	provider   *provider.Provider
	containers *worker.Worker
	training   *training.Worker
	sessions   *session.Server
	why        string // there are no containers
	score      provider.Score
}

// openHosting reads what is lent. Nothing of it is opened before there are settings.
func (m *Machine) openHosting(context.Context) error {
	h := &hosting{file: filepath.Join(filepath.Dir(m.config.Home.Database()), "hosting.json"), begun: make(chan struct{})}
	text, err := os.ReadFile(h.file)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return err
	default:
		h.settings = new(operator.HostSettings)
		if err := json.Unmarshal(text, h.settings); err != nil {
			return advice(fmt.Errorf("read %s: %w", h.file, err), "mend it, or move it away to lend nothing")
		}
		close(h.begun)
	}
	m.hosting = h
	m.addReader("hosting", m.lend)
	return nil
}

// lend waits for settings and lends until ctx ends. What fails here stops nothing else.
func (m *Machine) lend(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-m.hosting.begun:
	}
	services, closers, err := m.openLending()
	if err == nil {
		err = daemon.Run(ctx, m.config.Log, services...)
	}
	for _, c := range closers {
		err = errors.Join(err, c.Close())
	}
	if err != nil && ctx.Err() == nil {
		m.config.Log.Error("this machine lends nothing", "error", err.Error())
		m.hosting.mu.Lock()
		m.hosting.why = err.Error()
		m.hosting.mu.Unlock()
		<-ctx.Done()
	}
	return ctx.Err()
}

// openLending opens the workers and the provider.
func (m *Machine) openLending() ([]daemon.Service, []io.Closer, error) {
	h := m.hosting
	dir := m.leasesDir()
	if err := os.MkdirAll(dir, 0o711); err != nil { //nolint:gosec // users of containers pass through it
		return nil, nil, err
	}
	var services []daemon.Service
	var closers []io.Closer
	var workers []lease.Worker
	changed := make(chan struct{}, 1)
	containers, driver, err := m.openContainers(dir, func() {
		select {
		case changed <- struct{}{}:
		default: // it will be asked anyway
		}
	})
	if err != nil {
		m.config.Log.Info("no containers on this machine", "reason", err.Error())
	} else {
		workers, closers = append(workers, containers), append(closers, driver)
		services = append(services, daemon.Service{Name: "containers", Run: containers.Run})
	}
	trainer, err2 := training.New(training.Config{
		Dir: filepath.Join(dir, "training"), Store: m.fetches.artifacts, Threads: m.config.Settings.Threads, Now: m.now, Logger: m.config.Log,
		Fetch: m.bring,
	})
	if err2 != nil {
		return nil, closers, err2
	}
	m.host.Handle(training.Protocol, training.Limits(), trainer.Handle)
	workers = append(workers, trainer)
	services = append(services, daemon.Service{Name: "training", Run: trainer.Run})
	score, err2 := m.measureSpeed()
	if err2 != nil {
		return nil, closers, err2
	}
	p, err2 := provider.New(provider.Config{
		Address: m.address, Ledger: m.ledger, Workers: workers, Pricer: hostPricer{h}, Collateral: h.collateral, Policy: h.policy,
		Inventory: h.inventory(dir, score), Changed: changed, Clock: m.now, Logger: m.config.Log,
	})
	if err2 != nil {
		return nil, closers, err2
	}
	h.mu.Lock()
	h.provider, h.containers, h.training, h.score = p, containers, trainer, score
	if h.why = ""; err != nil {
		h.why = err.Error()
	}
	h.mu.Unlock()
	m.host.Handle(challenge.Protocol, challenge.Limits(), (&challenge.Provider{Now: m.now}).Handle)
	return append(services, daemon.Service{Name: "provider of compute", Run: p.Run}), closers, nil
}

// reached is a state that this machine trained to for a lease.
func (h *hosting) reached(order []byte, segment uint64, root []byte) (artifact.Digest, bool) {
	h.mu.Lock()
	trainer := h.training
	h.mu.Unlock()
	if trainer == nil {
		return "", false
	}
	return trainer.State(order, segment, root)
}

// openContainers opens what runs them, where this machine can.
func (m *Machine) openContainers(dir string, changed func()) (*worker.Worker, io.Closer, error) {
	driver, err := oci.New(oci.Config{Dir: filepath.Join(dir, "oci"), Now: m.now, Logger: m.config.Log})
	if err != nil {
		return nil, nil, err
	}
	fail := func(err error) (*worker.Worker, io.Closer, error) { return nil, nil, errors.Join(err, driver.Close()) }
	if err := driver.Available(); err != nil {
		return fail(err)
	}
	services, err := driver.Services()
	if err != nil {
		return fail(err)
	}
	first, users := services.Users()
	network, err := lan.New(lan.Config{Dir: filepath.Join(dir, "lan"), First: first, Users: users})
	if err != nil {
		return fail(err)
	}
	w, err := worker.New(worker.Config{
		Dir: filepath.Join(dir, "leases"), Runtime: services, Images: driver, Network: network, Artifacts: m.fetches.artifacts,
		Fetch: func(ctx context.Context, d artifact.Digest) (io.ReadCloser, error) {
			if err := m.fetchBlob(ctx, d); err != nil {
				return nil, err
			}
			return m.fetches.artifacts.Open(d)
		},
		Now: m.now, Logger: m.config.Log, Changed: changed,
	})
	if err != nil {
		return fail(err)
	}
	server, err := session.NewServer(session.ServerConfig{
		Leases: w, ChainID: m.node.Genesis().ChainID, Self: m.host.ID(), Now: m.now, Logger: m.config.Log,
	})
	if err != nil {
		return fail(err)
	}
	m.host.Handle(session.Protocol, session.Limits(), server.Handle)
	m.hosting.mu.Lock()
	m.hosting.sessions = server
	m.hosting.mu.Unlock()
	return w, driver, nil
}

// fetchBlob brings an artifact into the store, from this disk or from peers.
func (m *Machine) fetchBlob(ctx context.Context, d artifact.Digest) error {
	if _, err := m.fetches.artifacts.Stat(d); err == nil {
		return nil
	}
	_, err := m.exchange.Fetch(ctx, exchange.Request{Digest: d, Into: m.fetches.artifacts})
	return err
}

// leasesDir is where leases lie: users of containers must pass through it, and through a home they may not.
func (m *Machine) leasesDir() string {
	if dir := m.hosting.now().Dir; dir != "" {
		return dir
	}
	if os.Geteuid() != 0 {
		return filepath.Join(m.config.Home.Dir(), "leases")
	}
	sum := sha256.Sum256([]byte(m.config.Home.Dir()))
	return filepath.Join("/var/lib/ayni", hex.EncodeToString(sum[:6]))
}

// measureSpeed runs the benchmark, or takes what it measured before with the same processor and kernels.
func (m *Machine) measureSpeed() (provider.Score, error) {
	kernels, err := tensor.Kernels()
	if err != nil {
		return provider.Score{}, err
	}
	file := filepath.Join(filepath.Dir(m.config.Home.Database()), "speed.json")
	var known struct {
		provider.Score
		Machine string `json:"machine"`
	}
	machine := fmt.Sprintf("%s, %d cores, %s", service.Look().Processor, runtime.NumCPU(), kernels)
	if text, err := os.ReadFile(file); err == nil && json.Unmarshal(text, &known) == nil && known.Machine == machine {
		return known.Score, nil
	}
	known.Machine, known.Score = machine, provider.Measure(m.now, runtime.NumCPU())
	text, err := json.MarshalIndent(known, "", "  ")
	if err != nil {
		return known.Score, err
	}
	return known.Score, home.WriteFile(file, append(text, '\n'))
}

// now is a copy of the settings.
func (h *hosting) now() operator.HostSettings {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.settings == nil {
		return operator.HostSettings{}
	}
	return *h.settings
}

func (h *hosting) policy() provider.Policy {
	s := h.now()
	return provider.Policy{NoticeMax: s.Notice, Paused: s.Paused}
}

// collateralDefault stands behind ten leases of containers.
const collateralDefault = "1"

func (h *hosting) collateral() math.Int {
	text := h.now().Collateral
	if text == "" {
		text = collateralDefault
	}
	amount, err := home.Credits(text)
	if err != nil {
		return math.ZeroInt() // checked when it was set
	}
	return amount
}
