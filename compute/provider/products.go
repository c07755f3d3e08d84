package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client"
	"ayni.example/x/compute"
)

// Batcher is a worker that delivers results of tasks.
type Batcher interface {
	// Results are all that a lease has made, each with its digest.
	Results(id string) []compute.Result
	// Rejected asks for results once more.
	Rejected(ctx context.Context, id string, tasks []uint32) error
}

// Committer is a worker that commits to states of a training.
type Committer interface {
	// Commits are the commitments of a lease from the next one that Reconcile told of, in their order.
	Commits(id string) []compute.MsgCommit
}

// products sends results and commitments that the ledger does not have.
func (k *keeper) products(ctx context.Context, params compute.Params, pairs []pair) error {
	var failed error
	for _, p := range pairs {
		if !p.Lease.Runs() {
			continue
		}
		if b, ok := p.worker.(Batcher); ok && p.Lease.Unit == compute.UnitTask {
			failed = errors.Join(failed, k.deliver(ctx, params, p, b))
		}
		if c, ok := p.worker.(Committer); ok && p.Lease.Unit == compute.UnitStep {
			failed = errors.Join(failed, k.commit(ctx, params, p, c))
		}
	}
	return failed
}

// deliver names results to the ledger, and tells the worker which the tenant has rejected.
func (k *keeper) deliver(ctx context.Context, params compute.Params, p pair, b Batcher) error {
	results := b.Results(p.ID())
	fresh := results[:0:0]
	for _, r := range results {
		if !k.told[p.ID()][task(r)] {
			fresh = append(fresh, r)
		}
	}
	if len(fresh) == 0 && p.Lease.Waiting == 0 && len(results) == 0 {
		return nil
	}
	tasks, err := k.config.Ledger.Tasks(ctx, p.Lease.Order)
	if err != nil {
		return err
	}
	standing := make(map[uint32]compute.Task, len(tasks))
	var again []uint32
	for _, t := range tasks {
		standing[t.Index] = t
		ours := slices.ContainsFunc(results, func(r compute.Result) bool { return r.Index == t.Index && bytes.Equal(r.Digest, t.Digest) })
		if t.State == compute.TaskRejected && ours { // else another one is made, or being made
			again = append(again, t.Index)
		}
	}
	if len(again) > 0 {
		if err := b.Rejected(ctx, p.ID(), again); err != nil {
			return err
		}
	}
	msg := &compute.MsgDeliver{Provider: k.config.Address, Lease: p.Lease.ID}
	room := min(int(params.PendingMax)-int(p.Lease.Waiting), int(params.BatchMax))
	for _, r := range fresh {
		t, known := standing[r.Index]
		switch same := known && string(t.Digest) == string(r.Digest); {
		case known && t.State != compute.TaskRejected, same: // delivered, or rejected as it is
			if k.told[p.ID()] == nil {
				k.told[p.ID()] = make(map[string]bool)
			}
			k.told[p.ID()][task(r)] = true
		case len(msg.Results) < room:
			msg.Results = append(msg.Results, r)
		}
	}
	if len(msg.Results) == 0 {
		return nil
	}
	return k.send(ctx, []change{{fmt.Sprintf("%d results are delivered", len(msg.Results)), p, msg}})
}

func task(r compute.Result) string { return fmt.Sprintf("%d/%x", r.Index, r.Digest) }

// commit sends the next commitments, as many as may wait.
func (k *keeper) commit(ctx context.Context, params compute.Params, p pair, c Committer) error {
	const most = 8 // in one transaction: each enters a claim with the referee
	room := min(int(params.PendingMax)-int(p.Lease.Waiting), most)
	next := p.Lease.Next
	for _, msg := range c.Commits(p.ID()) {
		if msg.Segment < next {
			continue
		}
		if room <= 0 || msg.Segment > next {
			break
		}
		next++
		msg.Provider, msg.Lease = k.config.Address, p.Lease.ID
		if err := k.send(ctx, []change{{"segment is committed", p, &msg}}); err != nil {
			return err
		}
		room--
	}
	return nil
}

// change is a message about a lease, and what it says.
type change struct {
	what string
	pair
	msg sdk.Msg
}

// send puts messages into one transaction. Where the ledger refuses that, each goes by itself, so that one which is out of date
// holds up no other.
func (k *keeper) send(ctx context.Context, list []change) error {
	const most = 50
	var failed error
	for len(list) > 0 {
		batch := list[:min(len(list), most)]
		list = list[len(batch):]
		msgs := make([]sdk.Msg, len(batch))
		for i, c := range batch {
			msgs[i] = c.msg
		}
		err := k.config.Ledger.Submit(ctx, msgs...)
		if err != nil && len(batch) > 1 && errors.Is(err, client.ErrRejected) {
			for _, c := range batch {
				failed = errors.Join(failed, k.send(ctx, []change{c}))
			}
			continue
		}
		for _, c := range batch {
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("lease %s: %s: %w", c.ID(), c.what, err))
				continue
			}
			k.config.Logger.Info("the ledger was told", "what", c.what, "lease", c.ID(), "detail", c.status.Detail)
		}
	}
	return failed
}
