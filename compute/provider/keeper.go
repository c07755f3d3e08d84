package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ayni.example/client"
	"ayni.example/compute/lease"
	"ayni.example/x/compute"
)

// goneAfter is for how long the ledger must not know a lease before its work ends here: a node that has fallen behind knows less than
// it did. A lease that has closed is still known for long.
const goneAfter = time.Hour

// keeper keeps the leases of this machine as the ledger has them. Only its loop calls it.
type keeper struct {
	config  Config
	specs   map[string]compute.Spec    // by order; they never change
	missing map[string]time.Time       // leases that the ledger does not know, since when
	told    map[string]map[string]bool // results that the ledger has, by lease
}

func newKeeper(config Config) *keeper {
	return &keeper{config: config, specs: make(map[string]compute.Spec), missing: make(map[string]time.Time), told: make(map[string]map[string]bool)}
}

// tend looks at all leases once, hands them to their workers and sends what follows from what the workers say.
func (k *keeper) tend(ctx context.Context) error {
	leases, err := k.config.Ledger.HostLeases(ctx, k.config.Address)
	if err != nil {
		return err
	}
	assigned, err := k.assign(ctx, leases)
	for _, w := range k.config.Workers {
		mine := slices.DeleteFunc(slices.Clone(assigned), func(a lease.Assignment) bool { return !slices.Contains(w.Units(), a.Lease.Unit) })
		err = errors.Join(err, w.Reconcile(ctx, mine), k.sweep(ctx, w, leases))
	}
	return errors.Join(err, k.report(ctx, assigned))
}

// assign adds to each lease what its order says. A lease whose order cannot be read now is left for the next look.
func (k *keeper) assign(ctx context.Context, leases []compute.Lease) ([]lease.Assignment, error) {
	var failed error
	known := make(map[string]compute.Spec, len(leases))
	list := make([]lease.Assignment, 0, len(leases))
	for _, l := range leases {
		a := lease.Assignment{Lease: l}
		spec, read := k.specs[string(l.Order)]
		if !read || l.Unit == compute.UnitStep { // the progress of a training changes
			order, _, err := k.config.Ledger.Order(ctx, l.Order)
			if err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			spec, a.Progress = order.Spec, order.Progress
		}
		a.Spec, known[string(l.Order)] = spec, spec
		list = append(list, a)
	}
	k.specs = known
	return list, failed
}

// sweep ends the work of leases that the ledger says are closed. What it says nothing about stays.
func (k *keeper) sweep(ctx context.Context, w lease.Worker, leases []compute.Lease) error {
	var failed error
	for _, id := range w.Leases() {
		if slices.ContainsFunc(leases, func(l compute.Lease) bool { return lease.ID(l.ID) == id }) {
			delete(k.missing, id)
			continue
		}
		reason, closed, err := k.closed(ctx, id)
		if closed {
			k.config.Logger.Info("lease has closed", "lease", id, "reason", reason.String())
			delete(k.told, id)
			err = w.Close(ctx, id, reason)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// closed asks the ledger about one lease that it did not list.
func (k *keeper) closed(ctx context.Context, id string) (compute.Reason, bool, error) {
	raw, err := lease.ParseID(id)
	if err != nil {
		return 0, false, err
	}
	l, err := k.config.Ledger.Lease(ctx, raw)
	switch {
	case err == nil:
		delete(k.missing, id)
		return l.Reason, l.State == compute.LeaseClosed || l.Provider != k.config.Address, nil
	case !errors.Is(err, client.ErrNotFound):
		return 0, false, err
	}
	now := k.config.Clock()
	since, known := k.missing[id]
	if !known {
		k.missing[id] = now
		return 0, false, nil
	}
	if now.Sub(since) < goneAfter {
		return 0, false, nil
	}
	delete(k.missing, id)
	return compute.ReasonUnspecified, true, nil
}

// standing of one lease: the ledger's word and the worker's.
type pair struct {
	lease.Assignment
	status lease.Status
	worker lease.Worker
}

// report sends what the ledger should know by now.
func (k *keeper) report(ctx context.Context, assigned []lease.Assignment) error {
	params, err := k.config.Ledger.ComputeParams(ctx)
	if err != nil {
		return err
	}
	pairs := make([]pair, 0, len(assigned))
	for _, a := range assigned {
		w := workerOf(k.config.Workers, a.Lease.Unit)
		if w == nil {
			continue
		}
		if status, held := w.Status(a.ID()); held {
			pairs = append(pairs, pair{a, status, w})
		}
	}
	return errors.Join(k.send(ctx, k.changes(pairs)), k.products(ctx, params, pairs), k.settle(ctx, params, pairs))
}

// changes are the messages by which leases start and end.
func (k *keeper) changes(pairs []pair) []change {
	var list []change
	now := k.config.Clock().Unix()
	for _, p := range pairs {
		end := &compute.MsgCloseLease{Sender: k.config.Address, Lease: p.Lease.ID, Reason: gives(p.status.Reason)}
		switch failed := p.status.Phase == lease.Failed; {
		case p.Lease.State == compute.LeaseMatched && failed:
			list = append(list, change{"lease is given up", p, end})
		case p.Lease.State == compute.LeaseMatched && p.status.Ready:
			list = append(list, change{"lease has started", p, &compute.MsgStart{Provider: k.config.Address, Lease: p.Lease.ID}})
		case !p.Lease.Runs():
		case p.status.Phase == lease.Done && p.Spec.UntilExit:
			end.Reason = compute.ReasonExited
			list = append(list, change{"program has ended, and its lease with it", p, end})
		case failed && (p.Spec.ReclaimSeconds == 0 || p.Lease.State == compute.LeaseReclaiming && now >= p.Lease.ReclaimTime):
			list = append(list, change{"lease has failed", p, end})
		case failed && p.Lease.State == compute.LeaseActive:
			list = append(list, change{"lease has failed: notice is given", p, &compute.MsgReclaim{Provider: k.config.Address, Lease: p.Lease.ID}})
		}
	}
	return list
}

// gives is a reason that the market takes from a provider.
func gives(r compute.Reason) compute.Reason {
	if r.Gives() {
		return r
	}
	return compute.ReasonFault
}

// settle gives a sign for all leases that do their work, when one of them is due: so that one transaction serves all.
func (k *keeper) settle(ctx context.Context, params compute.Params, pairs []pair) error {
	every := int64(max(params.DowntimeSeconds/3, 1))
	now, due := k.config.Clock().Unix(), false
	var ids [][]byte
	for _, p := range pairs {
		if !p.Lease.Runs() || !slices.Contains([]lease.Phase{lease.Starting, lease.Running, lease.Done}, p.status.Phase) {
			continue // what does not run is not charged
		}
		ids = append(ids, p.Lease.ID)
		due = due || now-p.Lease.SettledTime >= every
	}
	for due && len(ids) > 0 {
		batch := ids[:min(len(ids), int(params.BatchMax))]
		if err := k.config.Ledger.Submit(ctx, &compute.MsgSettle{Provider: k.config.Address, Leases: batch}); err != nil {
			return fmt.Errorf("settle %d leases: %w", len(batch), err)
		}
		ids = ids[len(batch):]
	}
	return nil
}
