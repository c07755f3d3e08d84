package machine

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/exchange"
	"ayni.example/artifact/holding"
	"ayni.example/internal/home"
	xprovider "ayni.example/x/provider"
)

// How the store of artifacts is kept small.
const (
	collectFirst  = time.Minute // after a start
	collectEvery  = time.Hour
	artifactsKept = 30 * 24 * time.Hour
	downloadsKept = 7 * 24 * time.Hour
)

// Artifacts opens the store of a home; the commands use it beside a running machine.
func Artifacts(h *home.Home, s home.Config) (*artifact.Store, error) {
	store, err := artifact.New(artifact.Config{Dir: h.Artifacts(), Quota: int64(s.ArtifactQuotaMiB) << 20})
	if err != nil {
		return nil, advice(err, "is the folder of the home writable?")
	}
	return store, nil
}

// openArtifacts gives this machine's blobs to others, and fetches theirs.
func (m *Machine) openArtifacts(context.Context) error {
	s := m.config.Settings
	store, err := Artifacts(m.config.Home, s)
	if err != nil {
		return err
	}
	shared := []*artifact.Store{store}
	if s.ShareModels {
		shared = append(shared, m.shelf.store.Blobs())
	}
	m.exchange, err = exchange.New(exchange.Config{
		Host: m.host, Peers: providers{m}, Shared: shared, Rate: int64(s.ArtifactRateMiB) << 20, Now: m.now, Random: rand.Reader, Logger: m.config.Log,
		May: (&confidential{m: m, store: store}).may,
	})
	if err != nil {
		return err
	}
	m.host.Handle(exchange.Protocol, exchange.Limits(), m.exchange.Handle)
	m.fetches = &fetches{exchange: m.exchange, artifacts: store, models: m.shelf.store.Blobs(), now: m.now, jobs: map[string]*fetchJob{}}
	m.holder, err = holding.New(holding.Config{
		Store: store, Dir: filepath.Join(m.config.Home.Artifacts(), "leaves"), Address: m.address, Ledger: m.ledger, Now: m.now, Logger: m.config.Log,
	})
	if err != nil {
		return err
	}
	m.addReader("holder", m.holder.Run)
	m.add("artifacts", func(ctx context.Context) error {
		defer m.fetches.stop()
		keep := artifactsKept
		if days := s.ArtifactKeepDays; days > 0 {
			keep = time.Duration(days) * 24 * time.Hour
		}
		m.collect(ctx, store, keep)
		return nil
	})
	return nil
}

// collect deletes what nobody pinned and nobody used for long, now and then, until ctx ends.
func (m *Machine) collect(ctx context.Context, store *artifact.Store, keep time.Duration) {
	for pause := collectFirst; ; pause = collectEvery {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		now := m.now()
		freed, err := store.CollectUnpinned(ctx, artifact.Age{Blobs: now.Add(-keep), Downloads: now.Add(-downloadsKept)})
		var bytes int64
		for _, b := range freed {
			bytes += b.Size
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			m.config.Log.Warn("artifacts not collected", "error", err.Error())
		}
		if len(freed) > 0 {
			m.config.Log.Info("artifacts collected that nobody pinned", "artifacts", len(freed), "bytes", bytes)
		}
	}
}

// providers are the machines on the ledger as peers that may have a blob; those that are suspended are not asked.
type providers struct{ m *Machine }

var _ exchange.Peers = providers{}

// Peers implements exchange.Peers.
func (p providers) Peers(ctx context.Context, d artifact.Digest) ([]exchange.Peer, error) {
	all, err := p.m.ledger.Providers(ctx)
	if err != nil {
		return nil, err
	}
	sum, pledged := d.Sum(), map[string]bool{}
	holders, err := p.m.ledger.Holders(ctx, sum[:])
	if err != nil {
		p.m.config.Log.Debug("holders not listed", "error", err.Error()) // a ledger as of an older release has none
	}
	for _, h := range holders {
		pledged[h.Holder] = true
	}
	var peers []exchange.Peer
	for _, machine := range all {
		if machine.Status != xprovider.StatusSuspended && machine.Address != p.m.address && machine.PeerId != "" {
			peers = append(peers, exchange.Peer{ID: machine.PeerId, Addrs: machine.Endpoints, Pledged: pledged[machine.Address]})
		}
	}
	return peers, nil
}
