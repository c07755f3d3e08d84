package machine

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"ayni.example/artifact/model"
	"ayni.example/p2p"
	"ayni.example/provenance/pool/desk"
	"ayni.example/tensor/starter"
	"ayni.example/train"
	"ayni.example/x/provenance"
)

// poolEvery is between looks at what was contributed; a file that comes wakes the desk at once.
const poolEvery = 5 * time.Second

// openPools keeps the pools of this home and lets contributors in.
func (m *Machine) openPools(context.Context) error {
	var err error
	m.desk, err = desk.New(desk.Config{
		Dir: m.config.Home.Pools(), Ledger: poolLedger{m}, Model: m.trainable, Every: poolEvery, Logger: m.config.Log,
	})
	if err != nil {
		return err
	}
	m.host.Handle(desk.Protocol, desk.Limits(), m.desk.Handle)
	m.addReader("pools", m.desk.Run)
	return nil
}

// trainable is a model of this machine as a training reads it.
func (m *Machine) trainable(name string) (*train.Source, error) {
	if name == starter.Name {
		return &train.Source{ReaderAt: bytes.NewReader(starter.GGUF()), Size: int64(len(starter.GGUF())), Close: func() error { return nil }}, nil
	}
	parsed, err := model.ParseName(name)
	if err != nil {
		return nil, err
	}
	e, err := m.shelf.store.Find(parsed)
	if err != nil {
		return nil, err
	}
	weights, _ := e.Manifest.Layer(model.TypeWeights)
	f, err := m.shelf.store.Blobs().Open(weights.Digest)
	if err != nil {
		return nil, err
	}
	return &train.Source{ReaderAt: f, Size: weights.Size, Close: f.Close}, nil
}

// poolLedger is the ledger as a desk sees it.
type poolLedger struct{ m *Machine }

// Contributions implements desk.Ledger.
func (l poolLedger) Contributions(ctx context.Context, pool []byte) ([]provenance.Contribution, error) {
	list, err := l.m.ledger.Contributions(ctx, pool)
	slices.SortStableFunc(list, func(a, b provenance.Contribution) int { return cmp.Compare(a.Height, b.Height) })
	return list, err
}

// Contribution implements desk.Ledger.
func (l poolLedger) Contribution(ctx context.Context, id []byte) (provenance.Contribution, error) {
	return l.m.ledger.Contribution(ctx, id)
}

// Judge implements desk.Ledger.
func (l poolLedger) Judge(ctx context.Context, pool []byte, verdicts []provenance.Verdict) error {
	return l.m.ledger.Submit(ctx, &provenance.MsgJudge{Checker: l.m.address, Pool: pool, Verdicts: verdicts})
}

// poolStream opens a stream to the machine that keeps a pool.
func (m *Machine) poolStream(ctx context.Context, owner string) (*p2p.Stream, error) {
	p, err := m.ledger.Provider(ctx, owner)
	if err != nil || p.PeerId == "" {
		return nil, advice(fmt.Errorf("the pool's machine is not known: its owner %s is no provider", owner), "the owner's machine registers when it serves a model or hosts: `ayni offer` or `ayni compute host` there")
	}
	return m.host.Open(ctx, p.PeerId, p.Endpoints, desk.Protocol)
}
