package machine

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client"
	"ayni.example/internal/clock"
	"ayni.example/provenance/lineage"
	"ayni.example/provenance/standard"
	"ayni.example/x/provenance"
)

const (
	// lineageLook is between looks at what waits to be registered; lineageAlone is how long that waits for a transaction that takes it
	// along, before it is sent by itself, and the pause after a failure, which doubles up to lineageRest.
	lineageLook  = 2 * time.Second
	lineageAlone = 6 * time.Second
	lineageRest  = 10 * time.Minute
	// kinLook is between looks at the ledger's models for pairs that are alike.
	kinLook = time.Minute
)

// lineages registers what this machine makes and uses, as further messages of transactions that it sends anyway.
type lineages struct {
	book    *lineage.Book
	ledger  *ledger
	kin     *lineage.Kin
	address string
	key     func() (*ecdsa.PrivateKey, error)
	log     *slog.Logger
	now     clock.Clock

	planning sync.Mutex // one plan at a time
	mu       sync.Mutex
	ready    []sdk.Msg // for the next transaction
	since    time.Time
	taken    time.Time
}

// openLineage opens the book that commands of this home write to as well.
func (m *Machine) openLineage(context.Context) error {
	key := sync.OnceValues(func() (standard.Key, error) { return SigningKey(m.keys.Wallet()) })
	book, err := lineage.New(lineage.Config{
		Dir: m.config.Home.Lineage(), Threads: 1, Key: key, Random: rand.Reader, Now: m.now, Logger: m.config.Log,
		Builder: func() standard.Builder {
			return standard.Builder{Chain: m.ledger.ChainID(), Address: m.address, Version: m.config.Version}
		},
	})
	if err != nil {
		return err
	}
	m.lineages = &lineages{book: book, ledger: m.ledger, kin: lineage.NewKin(), address: m.address, log: m.config.Log, now: m.now, key: m.keys.Wallet().ArtifactKey}
	m.ledger.riders = m.lineages
	m.addReader("lineage", m.lineages.run)
	return nil
}

// hexes are digests as the book names contents.
func hexes(digests [][]byte) []string {
	list := make([]string, len(digests))
	for i, d := range digests {
		list[i] = hex.EncodeToString(d)
	}
	return list
}

// take gives what is to go along with a transaction.
func (l *lineages) take() []sdk.Msg {
	l.mu.Lock()
	defer l.mu.Unlock()
	msgs := l.ready
	if len(msgs) > 0 {
		l.ready, l.taken = nil, l.now()
	}
	return msgs
}

// refused hears that a transaction could not take messages along; it was sent without them, and they are planned anew.
func (l *lineages) refused(err error) {
	l.log.Info("registrations were left out of a transaction", "reason", err.Error())
}

// want has contents registered with the next transaction: with the one that is about to be sent, as far as the plan is made in time.
func (l *lineages) want(ctx context.Context, contents ...string) {
	known := slices.DeleteFunc(slices.Clone(contents), func(c string) bool {
		_, err := l.book.Find(c)
		return err != nil
	})
	if len(known) == 0 {
		return
	}
	err := l.book.Want(known...)
	if err == nil {
		err = l.plan(ctx)
	}
	if err != nil {
		l.log.Info("lineage is not registered yet", "reason", err.Error())
	}
}

// underWay tells that registrations were taken along a moment ago: the ledger may not show them yet.
func (l *lineages) underWay() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now().Sub(l.taken) < lineageAlone
}

// plan makes ready what waits.
func (l *lineages) plan(ctx context.Context) error {
	l.planning.Lock()
	defer l.planning.Unlock()
	if l.underWay() {
		return nil
	}
	wanted, err := l.book.Wanted()
	if err != nil || len(wanted) == 0 {
		return err
	}
	p, err := l.book.Plan(ctx, l.ledger, l.kin, l.address, wanted)
	if err != nil {
		return err
	}
	settled := p.Done
	for content, why := range p.Left {
		l.log.Warn("lineage is not registered", "content", content, "reason", why.Error())
		settled = append(settled, content)
	}
	for _, e := range p.Found {
		l.log.Warn("a model agrees with a registered one that nobody named as its parent; it is declared now", "asset", hex.EncodeToString(e.Asset), "parent", hex.EncodeToString(e.Parent))
	}
	if err := l.book.Settled(settled...); err != nil {
		return err
	}
	bind, err := l.bind(ctx, len(p.Msgs))
	if err != nil {
		l.log.Info("the key that signs artefacts is not bound to the account", "reason", err.Error())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ready) == 0 {
		l.since = l.now()
	}
	if l.ready = p.Msgs; len(p.Msgs) > 0 && bind != nil {
		l.ready = append([]sdk.Msg{bind}, p.Msgs...)
	}
	return nil
}

// bind makes the signatures on artefacts the account's, with its first registration.
func (l *lineages) bind(ctx context.Context, with int) (sdk.Msg, error) {
	if with == 0 {
		return nil, nil //nolint:nilnil // nothing to send is no error
	}
	key, err := l.key()
	if err != nil {
		return nil, err
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	have, err := l.ledger.SignatureKeys(ctx, l.address)
	if err != nil || slices.ContainsFunc(have, func(k provenance.Key) bool { return bytes.Equal(k.PublicKey, public) }) {
		return nil, err
	}
	proof, err := key.Sign(nil, provenance.KeyStatement(l.ledger.ChainID(), l.address), crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return &provenance.MsgBindKey{Sender: l.address, PublicKey: public, Proof: proof}, nil
}

// alone tells that what is ready has waited long enough for a transaction to go with.
func (l *lineages) alone(pause time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ready) > 0 && l.now().Sub(l.since) >= pause
}

// run plans, sends what nothing took along, and looks for models that are alike, until ctx ends.
func (l *lineages) run(ctx context.Context) error {
	tick := time.NewTicker(lineageLook)
	defer tick.Stop()
	pause, looked := lineageAlone, time.Time{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := l.plan(ctx); err != nil {
			l.log.Debug("lineage is not planned", "reason", err.Error())
			continue
		}
		if l.alone(pause) {
			if err := l.send(ctx); err != nil {
				pause = min(2*pause, lineageRest)
				l.log.Info("lineage is not registered yet", "reason", err.Error(), "retry_in", pause.String())
				continue
			}
			pause = lineageAlone
		}
		if l.now().Sub(looked) >= kinLook {
			looked = l.now()
			if err := l.watch(ctx); err != nil {
				l.log.Debug("models are not compared", "reason", err.Error())
			}
		}
	}
}

// send registers what is ready by itself.
func (l *lineages) send(ctx context.Context) error {
	msgs := l.take()
	_, err := l.ledger.sendAll(ctx, msgs)
	if errors.Is(err, client.ErrRejected) && len(msgs) > 1 {
		for _, msg := range msgs { // parents come first; one that is refused holds up no other
			if _, each := l.ledger.sendAll(ctx, []sdk.Msg{msg}); each != nil {
				return each
			}
		}
		return nil
	}
	return err
}

// watch compares models that were registered since the last look with those before, and points at pairs that are alike.
func (l *lineages) watch(ctx context.Context) error {
	fresh, err := l.kin.Refresh(ctx, l.ledger)
	if err != nil || len(fresh) == 0 {
		return err
	}
	pairs, err := l.kin.Suspects(ctx, l.ledger, fresh)
	if err != nil {
		return err
	}
	for _, e := range pairs {
		l.log.Warn("a registered model agrees with another that it does not descend from", "asset", hex.EncodeToString(e.Asset), "parent", hex.EncodeToString(e.Parent))
		if _, err := l.ledger.sendAll(ctx, []sdk.Msg{&provenance.MsgSuspect{Sender: l.address, Asset: e.Asset, Parent: e.Parent}}); err != nil {
			l.log.Info("the ledger does not take the suspicion", "reason", err.Error())
		}
	}
	return nil
}
