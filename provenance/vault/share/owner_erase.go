package share

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"ayni.example/provenance/vault"
)

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
	bound, err := o.eraseOwn(ctx, e)
	if err != nil {
		return e, err
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
	asked, err := o.askReplicas(ctx, e)
	if err != nil {
		return e, err
	}
	e.Replicas = slices.Concat(asked, bound)
	e.Done = !slices.ContainsFunc(e.Replicas, func(r vault.Replica) bool { return !r.Reply.Settled() })
	return e, o.cfg.Vault.Note(e)
}

// eraseOwn removes this machine's own copies; those that a pledge of its own binds wait for its end.
func (o *Owner) eraseOwn(ctx context.Context, e vault.Erasure) ([]vault.Replica, error) {
	var bound []vault.Replica
	for _, b := range e.Blobs {
		err := o.cfg.Own.Erase(ctx, b.Digest)
		if errors.Is(err, ErrPledged) {
			now := o.cfg.Now()
			bound = append(bound, vault.Replica{
				Holder: o.cfg.Client.cfg.Address, Digest: b.Digest, Reply: vault.Promised, Why: err.Error(), At: now.Unix(), Next: now.Add(again).Unix(),
			})
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	return bound, nil
}

func (o *Owner) tell(ctx context.Context, e vault.Erasure) error {
	for _, u := range e.Uses {
		if u.Contribution == "" {
			continue
		}
		if err := o.cfg.Book.Withdraw(ctx, u.Contribution); err != nil {
			return err
		}
	}
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

// askReplicas asks each machine, some at once. One that settled before stays as it is, and one that vanished is silent.
func (o *Owner) askReplicas(ctx context.Context, e vault.Erasure) ([]vault.Replica, error) {
	var all []vault.Replica
	for _, b := range e.Blobs {
		machines, err := o.cfg.Book.Machines(ctx, b.Digest)
		if err != nil {
			return e.Replicas, err
		}
		known := heldBy(e, b.Digest)
		delete(known, o.cfg.Client.cfg.Address) // eraseOwn tells of it
		all = append(all, o.askMachines(ctx, b, machines, known)...)
	}
	slices.SortFunc(all, func(a, b vault.Replica) int {
		return cmp.Or(strings.Compare(a.Digest, b.Digest), strings.Compare(a.Holder, b.Holder))
	})
	return all, ctx.Err()
}

// heldBy is what is known of the machines that held one age file.
func heldBy(e vault.Erasure, digest string) map[string]vault.Replica {
	known := map[string]vault.Replica{}
	for _, r := range e.Replicas {
		if r.Digest == digest {
			known[r.Holder] = r
		}
	}
	return known
}

func (o *Owner) askMachines(ctx context.Context, b vault.Blob, machines []Replica, known map[string]vault.Replica) []vault.Replica {
	var mu sync.Mutex
	var all []vault.Replica
	var round sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	for _, m := range machines {
		old, before := known[m.Account]
		delete(known, m.Account)
		if before && old.Reply.Settled() {
			all = append(all, old)
		}
		if before && old.Reply.Settled() || m.Account == o.cfg.Client.cfg.Address {
			continue
		}
		turns <- struct{}{}
		round.Go(func() {
			defer func() { <-turns }()
			if r, has := o.askReplica(ctx, m, b, before); has {
				mu.Lock()
				defer mu.Unlock()
				all = append(all, o.count(old, r, m))
			}
		})
	}
	round.Wait()
	for _, old := range known {
		if !old.Reply.Settled() {
			old = o.count(old, vault.Replica{Holder: old.Holder, Digest: b.Digest, At: o.cfg.Now().Unix(), Reply: vault.Silent, Why: "the ledger names no machine of it"}, Replica{})
		}
		all = append(all, old)
	}
	return all
}

// count says when a machine is asked again: later each time, until it was asked as often as anybody is.
func (o *Owner) count(old, r vault.Replica, m Replica) vault.Replica {
	if r.Reply.Settled() {
		return r
	}
	now := o.cfg.Now()
	r.Tries, r.Until = old.Tries+1, cmp.Or(old.Until, m.Until)
	r.Next = now.Add(min(again<<min(old.Tries, 16), rest)).Unix()
	switch {
	case r.Reply == vault.Promised && m.Until > r.Until:
		r.Reply, r.Why, r.Next = vault.Refused, "it pledged it anew after it was asked to erase it", 0
	case r.Reply == vault.Promised && now.Unix() < r.Until:
		r.Tries, r.Next = 0, r.Until+int64(again.Seconds())
	case r.Tries >= triesMax:
		r.Reply, r.Why, r.Next = vault.Unproved, fmt.Sprintf("%s, %d times", r.Why, r.Tries), 0
	}
	return r
}

// askReplica asks one machine, and then for a random part of what it says that it erased. A machine that pledged nothing and has
// nothing is no replica, unless it was one.
func (o *Owner) askReplica(ctx context.Context, m Replica, b vault.Blob, before bool) (vault.Replica, bool) {
	ctx, cancel := context.WithTimeout(ctx, probing)
	defer cancel()
	r := vault.Replica{Holder: m.Account, Digest: b.Digest, At: o.cfg.Now().Unix()}
	if held, err := o.cfg.Probe(ctx, m.Remote, b); !m.Pledged && !before && (err != nil || !held) {
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
	case errors.Is(err, ErrPledged):
		r.Reply, r.Why = vault.Promised, "its pledge on the ledger binds it"
		if m.Until > 0 {
			r.Why += " until " + time.Unix(m.Until, 0).UTC().Format(time.DateTime)
		}
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
