package machine

import (
	"bytes"
	"context"
	"sync"
	"time"

	"ayni.example/artifact"
	"ayni.example/x/compute"
)

// confidential decides who may have what is not for everybody: packs of trainings on a pool's data.
type confidential struct {
	m     *Machine
	store *artifact.Store
	mu    sync.Mutex
	told  map[asked]answered
}

type asked struct {
	digest artifact.Digest
	peer   string
}

type answered struct {
	may   bool
	until time.Time
}

const (
	// confidentialKept is how long an answer holds: a peer asks for each chunk.
	confidentialKept = 10 * time.Second
	confidentialMost = 1024
)

// may is exchange.Config.May.
func (c *confidential) may(ctx context.Context, d artifact.Digest, peer string) bool {
	if !c.store.PinnedBy(d, artifact.Confidential) {
		return true
	}
	key, now := asked{d, peer}, c.m.now()
	c.mu.Lock()
	known, ok := c.told[key]
	c.mu.Unlock()
	if ok && now.Before(known.until) {
		return known.may
	}
	may, err := c.ask(ctx, d, peer)
	if err != nil {
		c.m.config.Log.Debug("who may have a pack is not known", "artifact", string(d), "error", err.Error())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.told) >= confidentialMost || c.told == nil {
		c.told = map[asked]answered{}
	}
	c.told[key] = answered{may, now.Add(confidentialKept)}
	return may
}

// ask compares a peer with those who have to do with the orders of this machine, as tenant and as provider, that name the pack: the
// machines that hold their leases, the tenant, and enlisted auditors. Unknown means no.
func (c *confidential) ask(ctx context.Context, d artifact.Digest, peer string) (bool, error) {
	orders, err := c.orders(ctx, d)
	if err != nil || len(orders) == 0 {
		return false, err
	}
	var people []string
	for _, o := range orders {
		people = append(people, o.Tenant)
		leases, err := c.m.ledger.OrderLeases(ctx, o.ID)
		if err != nil {
			return false, err
		}
		for _, l := range leases {
			if l.State != compute.LeaseClosed {
				people = append(people, l.Provider)
			}
		}
	}
	auditors, err := c.m.ledger.Auditors(ctx)
	if err != nil {
		return false, err
	}
	for _, a := range auditors {
		people = append(people, a.Address)
	}
	machines, err := c.m.ledger.Providers(ctx)
	if err != nil {
		return false, err
	}
	for _, p := range machines {
		for _, address := range people {
			if p.PeerId == peer && p.Address == address {
				return true, nil
			}
		}
	}
	return false, nil
}

// orders are those of this machine that train on the pack.
func (c *confidential) orders(ctx context.Context, d artifact.Digest) (list []compute.Order, err error) {
	sum := d.Sum()
	mine, err := c.m.ledger.Orders(ctx, c.m.address)
	if err != nil {
		return nil, err
	}
	leases, err := c.m.ledger.HostLeases(ctx, c.m.address)
	if err != nil {
		return nil, err
	}
	for _, l := range leases {
		o, _, err := c.m.ledger.Order(ctx, l.Order)
		if err != nil {
			return nil, err
		}
		mine = append(mine, o)
	}
	for _, o := range mine {
		if t := o.Spec.Training; t != nil && o.State != compute.OrderClosed && bytes.Equal(t.Recipe, sum[:]) {
			list = append(list, o)
		}
	}
	return list, nil
}
