package machine

import (
	"context"
	"math/big"

	"cosmossdk.io/math"

	"ayni.example/compute/provider"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
	"ayni.example/x/compute"
)

// What an hour costs where the owner says nothing, in credits.
const (
	coreDefault   = "0.01"
	memoryDefault = "0.002"
	diskDefault   = "0.0001"
	cardDefault   = "0.5"
)

// hostPricer asks the pricer that the settings of the moment name.
type hostPricer struct{ h *hosting }

// Price implements provider.Pricer.
func (p hostPricer) Price(ctx context.Context, o compute.Order, host compute.Host) (math.Int, error) {
	pricer, err := pricerOf(p.h.now(), o.Spec.Unit)
	if err != nil {
		return math.Int{}, err
	}
	return pricer.Price(ctx, o, host)
}

// pricerOf is the owner's script, a fixed price for the unit, or rates for what an order takes.
func pricerOf(s operator.HostSettings, unit compute.Unit) (provider.Pricer, error) {
	if s.Script != "" {
		return provider.Script{Path: s.Script}, nil
	}
	fixed := map[compute.Unit]string{compute.UnitSecond: s.PriceSecond, compute.UnitTask: s.PriceTask, compute.UnitStep: s.PriceStep}[unit]
	if fixed != "" {
		price, err := home.Credits(fixed)
		return provider.Fixed{unit: price}, err
	}
	var failed error
	rate := func(text, otherwise string) *big.Int {
		if text == "" {
			text = otherwise
		}
		amount, err := home.Credits(text)
		if err != nil {
			failed = err
			return nil
		}
		return amount.BigInt()
	}
	disk := rate(s.PriceDisk, diskDefault)
	r := provider.Rates{
		Core: rate(s.PriceCore, coreDefault), Memory: rate(s.PriceMemory, memoryDefault), Disk: disk,
		Volume: map[string]*big.Int{"hdd": disk, "ssd": disk, "nvme": disk}, GPU: map[string]*big.Int{"": rate(s.PriceCard, cardDefault)},
	}
	return r, failed
}

// inventory is what the settings of the moment lend.
func (h *hosting) inventory(dir string, score provider.Score) func(ctx context.Context) (compute.Inventory, error) {
	return func(ctx context.Context) (compute.Inventory, error) {
		s := h.now()
		return provider.Look(ctx, dir, provider.Share{
			Cores: s.MilliCPU, Memory: s.Memory, Disk: s.Disk, Volumes: s.Volumes, Class: s.Class, Region: s.Region, Attributes: s.Attributes,
		}, score)
	}
}
