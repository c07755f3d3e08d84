package machine

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/training"
	"ayni.example/x/compute"
	"ayni.example/x/provider"
	"ayni.example/x/referee"
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

// ask tells whether a peer has to do with the orders for which this machine has a pack. Unknown means no.
func (c *confidential) ask(ctx context.Context, d artifact.Digest, peer string) (bool, error) {
	tenant, err := training.PackTenant(c.store, d)
	if err != nil {
		return false, err
	}
	return entitled(ctx, c.m.ledger, packHolder{self: c.m.address, tenant: tenant}, d, peer)
}

// packLedger is what decides who may have a pack.
type packLedger interface {
	Orders(ctx context.Context, tenant string) ([]compute.Order, error)
	Order(ctx context.Context, id []byte) (compute.Order, compute.Book, error)
	HostLeases(ctx context.Context, provider string) ([]compute.Lease, error)
	OrderLeases(ctx context.Context, order []byte) ([]compute.Lease, error)
	Claims(ctx context.Context) ([]referee.Claim, error)
	Providers(ctx context.Context) ([]provider.Provider, error)
}

// packHolder is the account of a machine that has a pack, and the tenant for whose order it came, if it is not the machine's own.
type packHolder struct{ self, tenant string }

// entitled tells whether a peer is a machine that holds a lease of an order with the pack, or an auditor that was drawn for a claim of one.
// Orders of others than the holder and its tenant do not count: the digest stands on the ledger, and anybody can name it.
func entitled(ctx context.Context, l packLedger, h packHolder, d artifact.Digest, peer string) (bool, error) {
	orders, err := packOrders(ctx, l, h, d)
	if err != nil || len(orders) == 0 {
		return false, err
	}
	people, ids := map[string]bool{}, map[string]bool{}
	for _, o := range orders {
		leases, err := l.OrderLeases(ctx, o.ID)
		if err != nil {
			return false, err
		}
		for _, lease := range leases {
			ids[string(lease.ID)] = true
			if lease.State != compute.LeaseClosed && o.State != compute.OrderClosed {
				people[lease.Provider] = true
			}
		}
	}
	claims, err := l.Claims(ctx)
	if err != nil {
		return false, err
	}
	for _, c := range claims {
		if c.Kind == compute.KindSegment && len(c.Name) > compute.LeaseIDSize && ids[string(c.Name[:compute.LeaseIDSize])] && c.Audit.Stage == referee.AuditDrawn {
			people[c.Audit.Auditor] = true
		}
	}
	machines, err := l.Providers(ctx)
	return slices.ContainsFunc(machines, func(p provider.Provider) bool { return p.PeerId == peer && people[p.Address] }), err
}

// packOrders are the holder's own orders that train on the pack, and those of the tenant for whom it came that this machine has leases of.
func packOrders(ctx context.Context, l packLedger, h packHolder, d artifact.Digest) ([]compute.Order, error) {
	list, err := l.Orders(ctx, h.self)
	if err != nil {
		return nil, err
	}
	if h.tenant != "" && h.tenant != h.self {
		leases, err := l.HostLeases(ctx, h.self)
		if err != nil {
			return nil, err
		}
		for _, lease := range leases {
			if lease.Tenant != h.tenant {
				continue
			}
			o, _, err := l.Order(ctx, lease.Order)
			if err != nil {
				return nil, err
			}
			list = append(list, o)
		}
	}
	sum := d.Sum()
	return slices.DeleteFunc(list, func(o compute.Order) bool {
		return o.Spec.Training == nil || !bytes.Equal(o.Spec.Training.Recipe, sum[:])
	}), nil
}
