package compute

import (
	"slices"
	"strings"
)

// Misfit is a reason why an order does not fit a machine: what of, how much is wanted and how much there is.
type Misfit struct {
	Reason     Reason `json:"reason"`
	Name       string `json:"name,omitempty"` // class of a volume, key of an attribute, kind of accelerator
	Want, Have uint64 // in the resource's own unit
	Busy       bool   `json:"busy,omitempty"` // the machine as a whole would do; at present its leases take too much
}

// Fit tells why an order does not fit a machine; an order that fits has no misfits. Whether the provider is registered and has
// collateral is not Fit's to say.
func Fit(o Order, h Host) []Misfit {
	misfits := placementFit(o, h)
	_, now := Allot(o.Spec, h.Inventory.Resources.Minus(h.Used))
	if len(now) == 0 {
		return misfits
	}
	_, ever := Allot(o.Spec, h.Inventory.Resources)
	for _, m := range now {
		at := slices.IndexFunc(ever, func(e Misfit) bool { return e.Reason == m.Reason && e.Name == m.Name })
		if m.Busy = at < 0; !m.Busy {
			m = ever[at]
		}
		misfits = append(misfits, m)
	}
	return misfits
}

// placementFit is what no free capacity can change.
func placementFit(o Order, h Host) []Misfit {
	var misfits []Misfit
	add := func(bad bool, m Misfit) {
		if bad {
			misfits = append(misfits, m)
		}
	}
	p, inv := o.Spec.Placement, h.Inventory
	add(o.Tenant == h.Provider, Misfit{Reason: ReasonOwn})
	add(slices.Contains(o.Shunned, h.Provider), Misfit{Reason: ReasonShunned})
	named := len(p.Providers) == 0 || slices.Contains(p.Providers, h.Provider)
	add(!named || slices.Contains(p.Excluded, h.Provider), Misfit{Reason: ReasonPlacement})
	add(!slices.Contains(inv.Units, o.Spec.Unit), Misfit{Reason: ReasonUnit, Name: o.Spec.Unit.String()})
	for _, f := range inv.Floors {
		add(f.Unit == o.Spec.Unit && f.Price.GT(o.Spec.PriceMax), Misfit{Reason: ReasonPrice})
	}
	for _, a := range p.Attributes {
		add(!slices.Contains(inv.Attributes, a), Misfit{Reason: ReasonAttribute, Name: a.Key})
	}
	add(inv.FlopsCore < p.FlopsCore, Misfit{Reason: ReasonScore, Name: "core", Want: p.FlopsCore, Have: inv.FlopsCore})
	add(inv.FlopsAll < p.FlopsAll, Misfit{Reason: ReasonScore, Name: "all", Want: p.FlopsAll, Have: inv.FlopsAll})
	return misfits
}

// Allot is what an order takes of what is free, which names the kinds of accelerators that it gets; or why there is too little.
func Allot(s Spec, free Resources) (Resources, []Misfit) {
	var misfits []Misfit
	want := func(reason Reason, name string, wanted, have uint64) {
		if wanted > have {
			misfits = append(misfits, Misfit{Reason: reason, Name: name, Want: wanted, Have: have})
		}
	}
	want(ReasonCPU, "", s.Resources.CPU, free.CPU)
	want(ReasonMemory, "", s.Resources.Memory, free.Memory)
	want(ReasonDisk, "", s.Resources.Disk, free.Disk)
	taken := Resources{CPU: s.Resources.CPU, Memory: s.Resources.Memory, Disk: s.Resources.Disk}
	volumes := free
	for _, v := range anyLast(s.Resources.Volumes) {
		got := volumes.volume(v)
		want(ReasonVolume, v.Class, v.Bytes, got.Bytes)
		got.Bytes = min(got.Bytes, v.Bytes)
		part := Resources{Volumes: []Volume{got}}
		taken, volumes = taken.Plus(part), volumes.Minus(part)
	}
	left := slices.Clone(free.GPUs)
	for _, choice := range hardestFirst(s.GPUs) {
		got := uint64(0)
		for _, kind := range choice.Any {
			for at := range left {
				if !left[at].suits(kind) {
					continue
				}
				n := min(left[at].Count, choice.Count-uint32(got))
				if n == 0 {
					continue
				}
				left[at].Count -= n
				got += uint64(n)
				part := left[at]
				part.Count = n
				taken = taken.Plus(Resources{GPUs: []GPU{part}})
			}
		}
		want(ReasonGPU, choice.Any[0].name(), uint64(choice.Count), got)
	}
	return taken, misfits
}

// anyLast puts volumes of any class behind those of a class, so that these do not use up what those need.
func anyLast(volumes []Volume) []Volume {
	sorted := slices.Clone(volumes)
	slices.SortStableFunc(sorted, func(a, b Volume) int { return strings.Compare(b.Class, a.Class) })
	return sorted
}

// volume is the free one that suits: of the class, or of the first that is large enough, else the largest.
func (r Resources) volume(want Volume) Volume {
	best := Volume{Class: want.Class}
	for _, v := range r.Volumes {
		switch {
		case want.Class != "" && v.Class != want.Class:
		case best.Bytes < want.Bytes && v.Bytes > best.Bytes:
			best = v
		}
	}
	return best
}

// hardestFirst puts choices that name more before those that take anything, so that these do not use up what those need.
func hardestFirst(choices []Choice) []Choice {
	sorted := slices.Clone(choices)
	slices.SortStableFunc(sorted, func(a, b Choice) int { return b.strictness() - a.strictness() })
	return sorted
}

// strictness counts what the easiest kind of a choice names.
func (c Choice) strictness() int {
	least := 4
	for _, g := range c.Any {
		n := 0
		for _, named := range []bool{g.Vendor != "", g.Model != "", g.Interface != "", g.Memory > 0} {
			if named {
				n++
			}
		}
		least = min(least, n)
	}
	return least
}

func (g GPU) name() string {
	if g.Model != "" || g.Vendor == "" {
		return g.Model
	}
	return g.Vendor
}
