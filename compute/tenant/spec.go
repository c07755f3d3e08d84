package tenant

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"cosmossdk.io/math"

	"ayni.example/compute/manifest"
	"ayni.example/x/compute"
)

// Spec is the order of a deployment. Bids are gathered for so many blocks; zero takes the first that fits.
func Spec(p manifest.Public, window uint32) (compute.Spec, error) {
	s := compute.Spec{
		Unit: compute.UnitSecond, PriceMax: math.NewIntFromUint64(p.Price), Window: window, Standing: p.Standing, UntilExit: p.UntilExit,
		ReclaimSeconds: uint32(p.Reclaim), Manifest: p.Digest[:],
		Resources: compute.Resources{CPU: p.Resources.MilliCPU, Memory: p.Resources.Memory, Disk: p.Resources.Disk},
		Placement: compute.Placement{
			Providers: p.Place.Providers, Excluded: p.Place.Excluded, FlopsCore: p.Place.FlopsCore, FlopsAll: p.Place.FlopsAll,
		},
	}
	if p.Kind == manifest.KindBatch {
		s.Unit, s.Tasks, s.Retries, s.ReviewSeconds = compute.UnitTask, uint32(p.Tasks), uint32(p.Retries), uint32(p.Review)
	}
	for _, class := range slices.Sorted(maps.Keys(p.Resources.Storage)) {
		s.Resources.Volumes = append(s.Resources.Volumes, compute.Volume{Class: string(class), Bytes: p.Resources.Storage[class]})
	}
	for _, key := range slices.Sorted(maps.Keys(p.Place.Attributes)) {
		s.Placement.Attributes = append(s.Placement.Attributes, compute.Attribute{Key: key, Value: p.Place.Attributes[key]})
	}
	for _, g := range p.Resources.GPUs {
		s.GPUs = append(s.GPUs, choice(g))
	}
	if err := s.Validate(); err != nil {
		return compute.Spec{}, fmt.Errorf("order of the deployment: %w", err)
	}
	return s, nil
}

// choice is cards of which each may be of any one of the models.
func choice(g manifest.GPU) compute.Choice {
	c := compute.Choice{Count: uint32(g.Count)}
	for _, m := range g.Models {
		c.Any = append(c.Any, compute.GPU{Vendor: g.Vendor, Model: m.Name, Interface: m.Interface, Memory: m.Memory})
	}
	if len(c.Any) == 0 {
		c.Any = []compute.GPU{{Vendor: g.Vendor}}
	}
	return c
}

// Most is what an order may cost: all tasks of a batch, else so many seconds.
func Most(p manifest.Public, seconds uint64) *big.Int {
	units := cmp.Or(uint64(p.Tasks), seconds)
	return new(big.Int).Mul(new(big.Int).SetUint64(p.Price), new(big.Int).SetUint64(units))
}
