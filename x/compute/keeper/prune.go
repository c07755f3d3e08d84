package keeper

import (
	"cosmossdk.io/collections"

	"ayni.example/x/compute"
)

// pruneMost is how many entries of closed orders go when a tenant places another one.
const pruneMost = 200

// prune forgets the first of a tenant's closed orders while there are more than are kept, with its leases and tasks. What is
// too much for one time goes the next.
func (d *desk) prune(tenant []byte, t *compute.Tenant) error {
	if t.Closed <= d.params.ClosedMax {
		return nil
	}
	var oldest closed
	if err := d.Closed.Walk(d.ctx, collections.NewPrefixedTripleRange[[]byte, int64, uint64](tenant), func(c closed) (bool, error) {
		oldest = c
		return true, nil
	}); err != nil {
		return err
	}
	o, err := d.order(d.ctx, compute.OrderID(tenant, oldest.K3()))
	if err != nil {
		return err
	}
	var gone []numbered
	if err := d.Tasks.Walk(d.ctx, collections.NewPrefixedPairRange[[]byte, uint64](o.ID), func(name numbered, _ compute.Task) (bool, error) {
		gone = append(gone, name)
		return len(gone) >= pruneMost, nil
	}); err != nil {
		return err
	}
	for _, name := range gone {
		if err := d.Tasks.Remove(d.ctx, name); err != nil {
			return err
		}
	}
	if len(gone) > 0 {
		return nil // the order itself the next time
	}
	for number := uint32(1); number <= o.Leases; number++ {
		if err := d.Leases.Remove(d.ctx, compute.LeaseID(o.ID, number)); err != nil {
			return err
		}
	}
	t.Closed--
	if err := d.ByTenant.Remove(d.ctx, collections.Join(tenant, o.Number)); err != nil {
		return err
	}
	if err := d.Closed.Remove(d.ctx, oldest); err != nil {
		return err
	}
	return d.Orders.Remove(d.ctx, o.ID)
}
