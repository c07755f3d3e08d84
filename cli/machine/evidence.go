package machine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"ayni.example/client/proof"
	"ayni.example/client/verdict"
	"ayni.example/internal/home"
)

const (
	// trailEvery is between looks at the validators; blocks are kept for much longer.
	trailEvery = 5 * time.Minute
	// proveWait bounds the wait for a block that commits to what is asked for; an idle ledger makes one a minute.
	proveWait = 5 * time.Second
)

// openEvidence makes what proves entries of the ledger to others, with the trail that it had before.
func (m *Machine) openEvidence(context.Context) error {
	var err error
	if m.collector, err = proof.NewCollector(m.node.RPC(), m.trust()); err != nil {
		return err
	}
	raw, err := readTrail(m.trailFile())
	if err != nil {
		return err
	}
	if raw != nil {
		if err := m.follow(raw); err != nil {
			m.config.Log.Warn("the kept way from the genesis does not hold; it is begun anew", "file", m.trailFile(), "error", err)
		}
	}
	m.addReader("trail", m.keepTrail)
	return nil
}

func (m *Machine) trailFile() string { return filepath.Join(m.config.Home.Dir(), "data", "trail.json") }

func readTrail(path string) ([]byte, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read trail: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	return io.ReadAll(io.LimitReader(file, proof.TrailMaxBytes+1))
}

// follow goes by a trail, if it holds from the genesis.
func (m *Machine) follow(raw []byte) error {
	chainID := m.node.Genesis().ChainID
	trail, err := proof.DecodeTrail(raw, m.trust(), chainID)
	if err != nil {
		return err
	}
	return m.collector.SetTrail(trail, chainID)
}

// keepTrail keeps the way from the genesis to today's validators on the disk, as they change.
func (m *Machine) keepTrail(ctx context.Context) error {
	for {
		grew, err := m.collector.Advance(ctx)
		if err == nil && grew {
			err = m.saveTrail()
		}
		if err != nil && ctx.Err() == nil {
			m.config.Log.Warn("the way from the genesis is not known", "error", err,
				"hint", "take another machine's: `ayni proof trail` there, `ayni proof trail --import FILE` here")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(trailEvery):
		}
	}
}

func (m *Machine) saveTrail() error {
	raw, err := m.collector.Trail().Encode()
	if err != nil {
		return err
	}
	return home.WriteFile(m.trailFile(), raw)
}

// Trail implements operator.Operator.
func (m *Machine) Trail(context.Context) (json.RawMessage, error) {
	return m.collector.Trail().Encode()
}

// SetTrail implements operator.Operator.
func (m *Machine) SetTrail(_ context.Context, raw json.RawMessage) error {
	if err := m.follow(raw); err != nil {
		return advice(fmt.Errorf("this way does not lead on from the genesis of this network: %w", err), "is it of this network?")
	}
	return m.saveTrail()
}

// Prove implements operator.Operator.
func (m *Machine) Prove(ctx context.Context, words []string) (json.RawMessage, error) {
	key, err := verdict.FindFact(words)
	if err != nil {
		return nil, err
	}
	wait, cancel := context.WithTimeout(ctx, proveWait)
	defer cancel()
	bundle, err := m.collector.Collect(wait, m.node.Height(), key)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil { // idle: the state before the last block is as good
		bundle, err = m.collector.Collect(ctx, 0, key)
	}
	if err != nil {
		return nil, fmt.Errorf("prove %q: %w", words, err)
	}
	return bundle.Encode()
}
