package tenant

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"ayni.example/artifact"
	"ayni.example/client"
	"ayni.example/compute/lease"
	"ayni.example/compute/worker"
	"ayni.example/x/compute"
)

// How often an order is looked at.
const (
	againFirst = time.Second // after a try that failed; doubled each time
	againMost  = 15 * time.Second
	folderLook = 5 * time.Second // for new checkpoints
	quietLook  = time.Minute
	lookMost   = 10 * time.Minute // one look, which may fetch a checkpoint
	talkMost   = 30 * time.Second // one word with a machine
	lookersMax = 8
)

// Ledger is what the keeper reads of it.
type Ledger interface {
	Order(ctx context.Context, id []byte) (compute.Order, compute.Book, error)
	Lease(ctx context.Context, id []byte) (compute.Lease, error)
	Blocks(ctx context.Context) <-chan int64
}

// Session is a lease's machine; *session.Client is one.
type Session interface {
	Status(ctx context.Context) (worker.Detail, error)
	Provide(ctx context.Context, blob []byte, resume map[string]string) error
}

// Config of a Keeper.
type Config struct {
	Dir     string // of records
	Ledger  Ledger
	Session func(ctx context.Context, l compute.Lease) (Session, error)
	// Keep brings an artifact here, from a lease's machine before others, and pins it; Drop lets it go.
	Keep   func(ctx context.Context, d artifact.Digest, from compute.Lease) error
	Drop   func(d artifact.Digest) error
	Now    func() time.Time
	Logger *slog.Logger
	Every  time.Duration // between two looks at what is due, 1 s when 0
}

// State is what the keeper does for an order.
type State struct {
	Doing       string // in a few words
	Error       string // of the last try, "" when it worked
	Given       string
	Checkpoints map[string]artifact.Digest
}

// Keeper gives deployments to the machines that won, and keeps checkpoints.
type Keeper struct {
	cfg   Config
	shelf shelf
	slots chan struct{}

	mu     sync.Mutex
	orders map[string]*kept
	work   sync.WaitGroup
}

// kept is one order; whoever sets busy alone changes its record.
type kept struct {
	record Record
	busy   bool
	next   time.Time
	asked  time.Time // its machine, last
	pause  time.Duration
	doing  string
	err    error
}

// New reads the records that earlier processes kept.
func New(cfg Config) (*Keeper, error) {
	if cfg.Dir == "" || cfg.Ledger == nil || cfg.Session == nil || cfg.Keep == nil || cfg.Drop == nil || cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("tenant needs a folder, a ledger, sessions, artifacts, a clock and a logger")
	}
	if cfg.Every <= 0 {
		cfg.Every = time.Second
	}
	k := &Keeper{cfg: cfg, shelf: shelf(cfg.Dir), slots: make(chan struct{}, lookersMax), orders: make(map[string]*kept)}
	records, err := k.shelf.all()
	if err != nil {
		cfg.Logger.Error("orders that cannot be read are left as they are", "error", err)
	}
	for _, r := range records {
		k.orders[r.Order] = &kept{record: r}
	}
	return k, nil
}

// Place keeps a deployment before its order is sent, so that none that stands on the ledger lacks it.
func (k *Keeper) Place(order []byte, number uint64, blob []byte) error {
	r, err := newRecord(order, number, blob, k.cfg.Now())
	if err != nil {
		return err
	}
	if err := k.shelf.write(r); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.orders[r.Order] = &kept{record: r, doing: "ordering"}
	return nil
}

// Forget drops the record of an order that the ledger refused.
func (k *Keeper) Forget(order []byte) error {
	id := hex.EncodeToString(order)
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.orders, id)
	return k.shelf.remove(id)
}

// Records are all orders that are kept, as they stand now.
func (k *Keeper) Records() []Record {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := make([]Record, 0, len(k.orders))
	for _, o := range k.orders {
		r := o.record
		r.Deployment = nil
		list = append(list, r)
	}
	return list
}

// State tells what is done for an order; false for one that is not kept here.
func (k *Keeper) State(order []byte) (State, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	o, found := k.orders[hex.EncodeToString(order)]
	if !found {
		return State{}, false
	}
	s := State{Doing: o.doing, Given: o.record.Given, Checkpoints: make(map[string]artifact.Digest, len(o.record.Checkpoints))}
	for replica, c := range o.record.Checkpoints {
		s.Checkpoints[replica] = c.Digest
	}
	if o.err != nil {
		s.Error = o.err.Error()
	}
	return s, true
}

// Run looks after all orders until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	defer k.work.Wait()
	blocks := k.cfg.Ledger.Blocks(ctx)
	tick := time.NewTicker(k.cfg.Every)
	defer tick.Stop()
	for {
		fresh := false
		select {
		case <-ctx.Done():
			return nil
		case _, open := <-blocks:
			if fresh = open; !open {
				blocks = nil // ctx ends
			}
		case <-tick.C:
		}
		k.look(ctx, fresh)
	}
}

// look begins to look at the orders that are due. A new block makes due what waits for the ledger.
func (k *Keeper) look(ctx context.Context, fresh bool) {
	now := k.cfg.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, o := range k.orders {
		if o.busy || o.record.Closed || now.Before(o.next) && (!fresh || o.err != nil) {
			continue
		}
		o.busy = true
		k.work.Go(func() {
			select {
			case k.slots <- struct{}{}:
				defer func() { <-k.slots }()
			case <-ctx.Done():
				return
			}
			k.visit(ctx, o)
		})
	}
}

// visit looks at one order and says when to do so again.
func (k *Keeper) visit(ctx context.Context, o *kept) {
	ctx, cancel := context.WithTimeout(ctx, lookMost)
	defer cancel()
	doing, pause, err := k.advance(ctx, o)
	k.mu.Lock()
	defer k.mu.Unlock()
	o.busy, o.err = false, err
	if doing != "" {
		o.doing = doing
	}
	if err != nil {
		o.pause = min(max(2*o.pause, againFirst), againMost)
		pause = o.pause
		k.cfg.Logger.Debug("an order is looked at again", "order", o.record.Order, "in", pause, "error", err)
	} else {
		o.pause = 0
	}
	o.next = k.cfg.Now().Add(pause)
}

// advance does what an order needs now.
func (k *Keeper) advance(ctx context.Context, o *kept) (doing string, pause time.Duration, err error) {
	order, _, err := k.cfg.Ledger.Order(ctx, o.record.id())
	if errors.Is(err, client.ErrNotFound) && k.cfg.Now().Sub(o.record.Made) < lookMost {
		return "waiting for the order to stand", againFirst, nil
	}
	switch {
	case errors.Is(err, client.ErrNotFound): // it never came, or was forgotten since it was closed
		return "the ledger knows the order no more", 0, k.finish(o)
	case err != nil:
		return "", 0, err
	case order.State == compute.OrderClosed:
		return "closed", 0, k.finish(o)
	case order.State == compute.OrderOpen:
		return "waiting for a machine", quietLook, nil
	}
	l, err := k.cfg.Ledger.Lease(ctx, order.Lease())
	if err != nil {
		return "", 0, err
	}
	if !l.Works() {
		return "the lease ends", quietLook, nil
	}
	return k.attend(ctx, o, l)
}

// attend gives the deployment to a lease's machine, unless it has it, and looks for checkpoints.
func (k *Keeper) attend(ctx context.Context, o *kept, l compute.Lease) (string, time.Duration, error) {
	id := hex.EncodeToString(l.ID)
	given := o.record.Given == id
	if given && (!o.record.Folders && l.StartedTime > 0 || k.cfg.Now().Sub(o.asked) < folderLook) {
		return "given", folderLook, nil
	}
	o.asked = k.cfg.Now()
	talk, cancel := context.WithTimeout(ctx, talkMost)
	defer cancel()
	s, err := k.cfg.Session(talk, l)
	if err != nil {
		return "", 0, fmt.Errorf("reach the machine of lease %s: %w", id, err)
	}
	if !given {
		if err := s.Provide(talk, o.record.Deployment, o.record.resume()); err != nil {
			return "giving the deployment", 0, fmt.Errorf("give the deployment to lease %s: %w", id, err)
		}
		k.cfg.Logger.Info("gave the deployment to the machine that won", "order", o.record.Order, "lease", id, "checkpoints", len(o.record.Checkpoints))
		if err := k.change(o, func(r *Record) { r.Given = id }); err != nil {
			return "", 0, err
		}
		return "given", folderLook, nil
	}
	detail, err := s.Status(talk)
	if err != nil {
		return "given", 0, fmt.Errorf("ask the machine of lease %s: %w", id, err)
	}
	if detail.Phase == lease.Waiting { // it lost what it was given
		return "giving the deployment", againFirst, k.change(o, func(r *Record) { r.Given = "" })
	}
	return "given", folderLook, k.fetch(ctx, o, l, detail)
}

// fetch brings checkpoints here that are newer than what is kept.
func (k *Keeper) fetch(ctx context.Context, o *kept, l compute.Lease, d worker.Detail) error {
	known, err := o.record.folders()
	if err != nil {
		return err
	}
	for _, r := range d.Replicas {
		before := o.record.Checkpoints[r.Name]
		if r.Checkpoint == nil || r.Checkpoint.Digest == before.Digest || r.Checkpoint.Time.Before(before.Time) {
			continue
		}
		// A machine may say anything. Of a folder that there is none of, the next machine would refuse the deployment.
		if !known[r.Name] {
			return fmt.Errorf("lease %x tells of a checkpoint of %.100q, which has none", l.ID, r.Name)
		}
		at := r.Checkpoint.Time
		if now := k.cfg.Now(); at.After(now) { // a time to come would keep all later checkpoints away
			at = now
		}
		if err := k.cfg.Keep(ctx, r.Checkpoint.Digest, l); err != nil {
			return fmt.Errorf("fetch the checkpoint of %s: %w", r.Name, err)
		}
		err := k.change(o, func(record *Record) {
			next := make(map[string]Checkpoint, len(record.Checkpoints)+1)
			maps.Copy(next, record.Checkpoints)
			next[r.Name] = Checkpoint{Digest: r.Checkpoint.Digest, Time: at}
			record.Checkpoints = next
		})
		if err == nil && before.Digest != "" && !k.holds(before.Digest) {
			err = k.cfg.Drop(before.Digest)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) holds(d artifact.Digest) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, o := range k.orders {
		for _, c := range o.record.Checkpoints {
			if c.Digest == d {
				return true
			}
		}
	}
	return false
}

// finish forgets a closed order's secrets. Its last checkpoints stay, for whoever wants what the program left.
func (k *Keeper) finish(o *kept) error {
	return k.change(o, func(r *Record) { r.Deployment, r.Closed = nil, true })
}

func (k *Keeper) change(o *kept, do func(*Record)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	r := o.record
	do(&r)
	if err := k.shelf.write(r); err != nil {
		return err
	}
	o.record = r
	return nil
}
