package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"cosmossdk.io/math"

	"ayni.example/client"
	"ayni.example/x/compute"
)

// standing is this machine's host entry.
type standing struct{ compute.Host }

func (s standing) say() string {
	return fmt.Sprintf("%d lease(s), %.1f of %.1f cores taken", s.Leases, float64(s.Used.CPU)/1000, float64(s.Inventory.Resources.CPU)/1000)
}

// announce makes the ledger say what this machine has, and what stands behind its leases.
func (p *Provider) announce(ctx context.Context) (standing, error) {
	want, err := p.config.Inventory(ctx)
	if err != nil {
		return standing{}, fmt.Errorf("take the inventory: %w", err)
	}
	want.Units = p.units()
	collateral := p.config.Collateral()
	if err := want.Validate(); err != nil {
		return standing{}, fmt.Errorf("take the inventory: %w", err)
	}
	have, err := p.config.Ledger.Host(ctx, p.config.Address)
	switch {
	case errors.Is(err, client.ErrNotFound):
		have = compute.Host{Collateral: math.ZeroInt(), Bonded: math.ZeroInt()}
	case err != nil:
		return standing{}, err
	}
	if sameInventory(have.Inventory, want) && have.Collateral.GTE(collateral) {
		return standing{have}, nil
	}
	p.config.Logger.Info("machine is announced", "cores", want.Resources.CPU/1000, "memory", want.Resources.Memory, "collateral", collateral.String())
	err = p.config.Ledger.Submit(ctx, &compute.MsgAnnounce{
		Provider: p.config.Address, Inventory: want, Collateral: math.MaxInt(collateral, have.Collateral),
	})
	if err != nil {
		return standing{}, fmt.Errorf("announce: %w", err)
	}
	have, err = p.config.Ledger.Host(ctx, p.config.Address)
	return standing{have}, err
}

func (p *Provider) units() []compute.Unit {
	var units []compute.Unit
	for _, w := range p.config.Workers {
		for _, u := range w.Units() {
			if !slices.Contains(units, u) {
				units = append(units, u)
			}
		}
	}
	slices.Sort(units)
	return units
}

// sameInventory compares what lists hold, and how fast the machine is only roughly: each measurement is a little different.
func sameInventory(a, b compute.Inventory) bool {
	near := func(a, b uint64) bool { return max(a, b)-min(a, b) <= max(a, b)/5 }
	return sameResources(a.Resources, b.Resources) && slices.Equal(a.Attributes, b.Attributes) && slices.Equal(a.Units, b.Units) &&
		slices.EqualFunc(a.Floors, b.Floors, func(a, b compute.Floor) bool { return a.Unit == b.Unit && a.Price.Equal(b.Price) }) &&
		near(a.FlopsCore, b.FlopsCore) && near(a.FlopsAll, b.FlopsAll)
}

func sameResources(a, b compute.Resources) bool {
	return a.CPU == b.CPU && a.Memory == b.Memory && a.Disk == b.Disk && slices.Equal(a.Volumes, b.Volumes) && slices.Equal(a.GPUs, b.GPUs)
}
