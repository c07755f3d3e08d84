package share

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	// Withdraw takes a contribution to a pool back, and destroys what opens its commitment; what was taken back before is no error.
	Withdraw(ctx context.Context, contribution string) error
	// Machines are those that may hold an age file, those that pledged it first.
	Machines(ctx context.Context, digest string) ([]Replica, error)
}

// Replica is a machine that may hold an age file.
type Replica struct {
	Remote
	Pledged bool
	Until   int64 // end of the pledge, in seconds of Unix time
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
	rest     = 24 * time.Hour   // longest pause before a machine is asked again
	triesMax = 30               // about three weeks
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
	errs := []error{err}
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
		if !e.Done && (!e.Here || !e.Ledger || o.cfg.Now().Unix() >= e.Next()) {
			_, err := o.Erase(ctx, e.Object)
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, o.obey(ctx))...)
}

// obey erases what this machine holds for others and was bound to keep when they asked.
func (o *Owner) obey(ctx context.Context) error {
	orders, err := o.cfg.Vault.Orders()
	errs := []error{err}
	for _, k := range orders {
		err := o.cfg.Own.Erase(ctx, k.Digest)
		if err == nil {
			err = o.cfg.Vault.Order(k.Digest, false)
		}
		if err != nil && !errors.Is(err, ErrPledged) {
			errs = append(errs, fmt.Errorf("erase %s for %s: %w", k.Digest, k.Owner, err))
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
