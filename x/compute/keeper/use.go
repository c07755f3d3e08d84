package keeper

import (
	"bytes"
	"slices"

	"cosmossdk.io/math"

	"ayni.example/x/compute"
	"ayni.example/x/credit"
	"ayni.example/x/internal/gas"
	"ayni.example/x/provenance"
)

// useGas is what a use of an asset pays for beforehand: that it is charged when the training runs.
const useGas = 40_000

// agree holds an order to the terms of the assets that it trains on, and sets aside what they ask. No more than the tenant allows:
// else whoever registers a tenant's data before its order is in a block could ask for all of the deposit.
func (d *desk) agree(o *compute.Order) error {
	t := o.Spec.Training
	if t == nil || d.assets == nil {
		return nil
	}
	t.UseMax = t.UseMost()
	tenant, _, err := d.address("tenant", o.Tenant)
	if err != nil {
		return err
	}
	sum := math.ZeroInt()
	for _, content := range t.Data {
		if slices.ContainsFunc(o.Uses, func(u compute.Use) bool { return bytes.Equal(u.Content, content) }) {
			continue
		}
		if err := d.assets.Forbids(d.ctx, content, provenance.Use{Commercial: true, Trains: true, By: o.Tenant}); err != nil {
			return err
		}
		price, err := d.assets.Price(d.ctx, tenant, content)
		if err != nil {
			return err
		}
		if !price.IsPositive() {
			continue
		}
		if sum = sum.Add(price); sum.GT(t.UseMax) {
			return compute.ErrDeposit.Wrapf("assets ask %s for a training, %x the last, the order allows %s (use_max)", sum, content, t.UseMax)
		}
		d.ctx.GasMeter().ConsumeGas(useGas, "use of an asset")
		o.Uses = append(o.Uses, compute.Use{Content: content, Price: price})
	}
	o.Escrow = o.Escrow.Sub(sum)
	return nil
}

// payUses has the assets paid once, when a first segment shows that the training runs. The money goes by the tenant's account, whose
// use it is; a price that is none any more, because the tenant has got the asset meanwhile, stays there.
func (d *desk) payUses(o *compute.Order) error {
	if o.Used || len(o.Uses) == 0 {
		return nil
	}
	tenant, _, err := d.address("tenant", o.Tenant)
	if err != nil {
		return err
	}
	ctx := gas.Paid(d.ctx) // the order has paid for this
	held := o.Held()
	if err := d.bank.SendCoinsFromModuleToAccount(ctx, compute.ModuleName, tenant, credit.Coins(held)); err != nil {
		return err
	}
	for _, u := range o.Uses {
		if _, err := d.assets.ChargeUse(ctx, tenant, u.Content, u.Price); err != nil {
			return err
		}
	}
	o.Used, o.Fees = true, o.Fees.Add(held)
	return d.Orders.Set(ctx, o.ID, *o)
}
