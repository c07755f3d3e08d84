package share

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"ayni.example/internal/clock"
	"ayni.example/provenance/vault"
)

// Book is what an owner writes to the ledger, and asks it about replicas.
type Book interface {
	Ledger
	Grant(ctx context.Context, t vault.Terms) error
	Revoke(ctx context.Context, owner, grant string) error
	// Erase ends grants and marks an asset, "" for none; what ended before is no error.
	Erase(ctx context.Context, owner string, grants []string, asset string) error
	// Machines are those that may hold an age file, those that pledged it first.
	Machines(ctx context.Context, digest string) ([]Replica, error)
}

// Replica is a machine that may hold an age file.
type Replica struct {
	Remote
	Pledged bool
}

// OwnerConfig of an Owner.
type OwnerConfig struct {
	Vault  *vault.Vault
	Book   Book
	Client *Client
	Own    Replicas // this machine's own store of artifacts
	// Probe tells whether a machine still gives a blob; an error says that it does not answer.
	Probe  func(ctx context.Context, at Remote, b vault.Blob) (held bool, err error)
	Now    clock.Clock
	Logger *slog.Logger
}

// Owner grants, revokes and erases: here, on the ledger and at replicas. Each step can be done again, and Run goes on with what was cut
// off.
type Owner struct {
	cfg OwnerConfig
	one sync.Mutex // one revocation or erasure at a time
}

// NewOwner checks that nothing is missing.
func NewOwner(cfg OwnerConfig) (*Owner, error) {
	if cfg.Vault == nil || cfg.Book == nil || cfg.Client == nil || cfg.Own == nil || cfg.Probe == nil || cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("vault owner: every field is required")
	}
	return &Owner{cfg: cfg}, nil
}

// How an owner's machine goes on with what was not done.
const (
	again    = 5 * time.Minute
	probing  = 20 * time.Second // for one machine
	atOnce   = 8                // machines asked
	settling = 10 * time.Minute // before a grant that the ledger does not have is given up
)

// Run goes on with what was cut off, at the start and now and then, until ctx ends.
func (o *Owner) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		if err := o.Resume(ctx); err != nil && ctx.Err() == nil {
			o.cfg.Logger.Warn("the vault has work left that it could not do", "error", err.Error())
		}
		timer.Reset(again)
	}
}

// Resume does what is left of grants, revocations and erasures.
func (o *Owner) Resume(ctx context.Context) error {
	grants, err := o.cfg.Vault.Grants("")
	if err != nil {
		return err
	}
	var errs []error
	for _, g := range grants {
		switch g.State {
		case vault.Making:
			if g.Terms.ForClient() {
				errs = append(errs, o.cfg.Vault.Unmake(ctx, g.Terms.ID())) // nobody has its token
				continue
			}
			errs = append(errs, o.settle(ctx, g))
		case vault.Revoking:
			errs = append(errs, o.Revoke(ctx, g.Terms.ID()))
		case vault.Stands, vault.Revoked:
		}
	}
	erasures, err := o.cfg.Vault.Erasures()
	errs = append(errs, err)
	for _, e := range erasures {
		if !e.Done {
			_, err := o.Erase(ctx, e.Object)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// settle learns whether the ledger has a grant whose transaction was not seen through.
func (o *Owner) settle(ctx context.Context, g vault.Grant) error {
	id := g.Terms.ID()
	_, err := o.cfg.Book.Standing(ctx, g.Terms.Owner, id)
	switch {
	case err == nil:
		return o.cfg.Vault.SetState(ctx, id, vault.Stands)
	case errors.Is(err, vault.ErrNoGrant) && o.cfg.Now().Sub(time.Unix(g.Made, 0)) > settling:
		return o.cfg.Vault.Unmake(ctx, id)
	case errors.Is(err, vault.ErrNoGrant):
		return nil
	}
	return err
}

// Grant keeps the terms, and puts their commitment on the ledger.
func (o *Owner) Grant(ctx context.Context, t vault.Terms) (vault.Grant, error) {
	g, err := o.cfg.Vault.Grant(ctx, t)
	if err != nil {
		return g, err
	}
	id := g.Terms.ID()
	if err := o.cfg.Book.Grant(ctx, g.Terms); err != nil {
		// It may be on the ledger all the same: Resume looks, and gives it up after a while.
		return g, fmt.Errorf("grant %s: %w", id, err)
	}
	g.State = vault.Stands
	return g, o.cfg.Vault.SetState(ctx, id, vault.Stands)
}

// Revoke ends a grant: here at once, then on the ledger, then by other keys. What was read stays read.
func (o *Owner) Revoke(ctx context.Context, id string) error {
	o.one.Lock()
	defer o.one.Unlock()
	g, err := o.cfg.Vault.Granted(id)
	if err != nil {
		return err
	}
	if g.State == vault.Revoked {
		return nil
	}
	if err := o.cfg.Vault.SetState(ctx, id, vault.Revoking); err != nil {
		return err
	}
	if g.Terms.ForClient() { // it never had a key, and the ledger knows nothing of it
		return o.cfg.Vault.SetState(ctx, id, vault.Revoked)
	}
	on, err := o.cfg.Book.Standing(ctx, g.Terms.Owner, id)
	switch {
	case errors.Is(err, vault.ErrNoGrant): // it expired, or never came
	case err != nil:
		return fmt.Errorf("revoke %s: %w", id, err)
	case !on.Revoked && !on.Erased:
		if err := o.cfg.Book.Revoke(ctx, g.Terms.Owner, id); err != nil {
			return fmt.Errorf("revoke %s: nothing is read under it any more, but the ledger does not know: %w", id, err)
		}
	}
	if _, err := o.cfg.Vault.Rotate(ctx, g.Terms.Object, g.Terms.Scope); err != nil && !errors.Is(err, vault.ErrErased) {
		return fmt.Errorf("revoke %s: %w", id, err)
	}
	return o.cfg.Vault.SetState(ctx, id, vault.Revoked)
}

// grantsPer is how many grants one message ends.
const grantsPer = 64

// Erase destroys an object: here first, then it tells the ledger, then it asks every machine that may hold an age file, and checks. It
// goes on where an earlier one was cut off.
func (o *Owner) Erase(ctx context.Context, object string) (vault.Erasure, error) {
	o.one.Lock()
	defer o.one.Unlock()
	e, err := o.cfg.Vault.Erase(ctx, object)
	if err != nil || e.Done {
		return e, err
	}
	for _, b := range e.Blobs {
		if err := o.cfg.Own.Erase(ctx, b.Digest); err != nil {
			return e, err
		}
	}
	if !e.Ledger {
		if err := o.tell(ctx, e); err != nil {
			return e, fmt.Errorf("erase %s: it is gone here, but the ledger does not know: %w", object, err)
		}
		e.Ledger = true
		if err := o.cfg.Vault.Note(e); err != nil {
			return e, err
		}
	}
	if e.Replicas, err = o.askReplicas(ctx, e); err != nil {
		return e, err
	}
	e.Done = !slices.ContainsFunc(e.Replicas, func(r vault.Replica) bool { return r.Reply == vault.Silent })
	return e, o.cfg.Vault.Note(e)
}

func (o *Owner) tell(ctx context.Context, e vault.Erasure) error {
	asset, owner := e.Asset, o.cfg.Client.cfg.Address
	for list := range slices.Chunk(e.Grants, grantsPer) {
		if err := o.cfg.Book.Erase(ctx, owner, list, asset); err != nil {
			return err
		}
		asset = ""
	}
	if asset != "" {
		return o.cfg.Book.Erase(ctx, owner, nil, asset)
	}
	return nil
}

// askReplicas asks each machine, some at once. One that erased before keeps its receipt.
func (o *Owner) askReplicas(ctx context.Context, e vault.Erasure) ([]vault.Replica, error) {
	var mu sync.Mutex
	done := slices.DeleteFunc(slices.Clone(e.Replicas), func(r vault.Replica) bool { return r.Reply == vault.Silent })
	for _, b := range e.Blobs {
		machines, err := o.cfg.Book.Machines(ctx, b.Digest)
		if err != nil {
			return e.Replicas, err
		}
		var round sync.WaitGroup
		turns := make(chan struct{}, atOnce)
		for _, m := range machines {
			known := func(r vault.Replica) bool { return r.Holder == m.Account && r.Digest == b.Digest }
			if slices.ContainsFunc(done, known) || m.Account == o.cfg.Client.cfg.Address {
				continue
			}
			turns <- struct{}{}
			round.Go(func() {
				defer func() { <-turns }()
				if r, has := o.askReplica(ctx, m, b); has {
					mu.Lock()
					defer mu.Unlock()
					done = append(done, r)
				}
			})
		}
		round.Wait()
	}
	slices.SortFunc(done, func(a, b vault.Replica) int {
		if a.Digest != b.Digest {
			return compare(a.Digest, b.Digest)
		}
		return compare(a.Holder, b.Holder)
	})
	return done, ctx.Err()
}

func compare(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// askReplica asks one machine, and then for a random part of what it says that it erased. A machine that pledged nothing and has
// nothing is no replica.
func (o *Owner) askReplica(ctx context.Context, m Replica, b vault.Blob) (vault.Replica, bool) {
	ctx, cancel := context.WithTimeout(ctx, probing)
	defer cancel()
	r := vault.Replica{Holder: m.Account, Digest: b.Digest, At: o.cfg.Now().Unix()}
	if held, err := o.cfg.Probe(ctx, m.Remote, b); !m.Pledged && (err != nil || !held) {
		return r, false
	}
	receipt, err := o.cfg.Client.Erase(ctx, m.Remote, b.Digest)
	held, probeErr := true, error(nil)
	if err == nil {
		held, probeErr = o.cfg.Probe(ctx, m.Remote, b)
	}
	switch {
	case err != nil && wordOf(err) == "internal" && !errors.Is(err, ErrInternal), err == nil && probeErr != nil:
		r.Reply, r.Why = vault.Silent, "it does not answer"
	case err != nil:
		r.Reply, r.Why = vault.Refused, err.Error()
	case held:
		r.Reply, r.Why = vault.Refused, "it says that it erased, and still gives the bytes"
	default:
		r.Reply = vault.Erased
		r.Receipt, err = receipt.bytes()
		if err != nil {
			r.Why = err.Error()
		}
	}
	return r, true
}
