package compute

import (
	"slices"

	"ayni.example/x/internal/bound"
)

// isClass tells whether a volume may be of this class.
func isClass(class string) bool { return class == "hdd" || class == "ssd" || class == "nvme" }

// Validate checks what a machine has or a lease takes, without any state: bounded, and nothing named twice.
func (r Resources) Validate() error { return r.validate(false) }

// validate may let a volume be of any class, as an order does.
func (r Resources) validate(anyClass bool) error {
	if r.CPU > cpuMax || r.Memory > bytesMax || r.Disk > bytesMax {
		return ErrInvalid.Wrap("no machine has that much")
	}
	if len(r.Volumes) > volumesMax || len(r.GPUs) > gpusMax {
		return ErrInvalid.Wrapf("%d classes of volumes and %d kinds of accelerators, at most %d and %d",
			len(r.Volumes), len(r.GPUs), volumesMax, gpusMax)
	}
	for i, v := range r.Volumes {
		named := isClass(v.Class) || anyClass && v.Class == ""
		if !named || v.Bytes == 0 || v.Bytes > bytesMax ||
			slices.ContainsFunc(r.Volumes[:i], func(o Volume) bool { return o.Class == v.Class }) {
			return ErrInvalid.Wrapf("volume of class %q with %d bytes stands twice, or is none of hdd, ssd and nvme", v.Class, v.Bytes)
		}
	}
	for i, g := range r.GPUs {
		if err := g.words(false); err != nil {
			return err
		}
		if g.Count == 0 || g.Count > countMax || g.Memory > bytesMax ||
			slices.ContainsFunc(r.GPUs[:i], g.same) {
			return ErrInvalid.Wrapf("accelerator %s %s stands twice, or is not 1 to %d", g.Vendor, g.Model, countMax)
		}
	}
	return nil
}

// Validate checks an inventory without any state.
func (i Inventory) Validate() error {
	if err := i.Resources.Validate(); err != nil {
		return err
	}
	if err := validateAttributes(i.Attributes); err != nil {
		return err
	}
	if i.FlopsCore > flopsMax || i.FlopsAll > flopsMax {
		return ErrInvalid.Wrap("no machine is as fast as that")
	}
	for n, u := range i.Units {
		if u < UnitSecond || u > UnitStep || slices.Contains(i.Units[:n], u) {
			return ErrInvalid.Wrapf("unit %s is none, or stands twice", u)
		}
	}
	for n, f := range i.Floors {
		if !slices.Contains(i.Units, f.Unit) || slices.ContainsFunc(i.Floors[:n], func(o Floor) bool { return o.Unit == f.Unit }) {
			return ErrInvalid.Wrapf("floor of the unit %s, which stands twice or is not among the units", f.Unit)
		}
		if err := money("floor", f.Price); err != nil {
			return err
		}
	}
	return nil
}

// Plus is r with what taken takes.
func (r Resources) Plus(taken Resources) Resources {
	r.CPU, r.Memory, r.Disk = r.CPU+taken.CPU, r.Memory+taken.Memory, r.Disk+taken.Disk
	r.Volumes, r.GPUs = slices.Clone(r.Volumes), slices.Clone(r.GPUs)
	for _, v := range taken.Volumes {
		if at := slices.IndexFunc(r.Volumes, func(o Volume) bool { return o.Class == v.Class }); at >= 0 {
			r.Volumes[at].Bytes += v.Bytes
		} else {
			r.Volumes = append(r.Volumes, v)
		}
	}
	for _, g := range taken.GPUs {
		if at := slices.IndexFunc(r.GPUs, g.same); at >= 0 {
			r.GPUs[at].Count += g.Count
		} else {
			r.GPUs = append(r.GPUs, g)
		}
	}
	return r
}

// Minus is r without what taken takes, and never less than nothing: a provider may announce less than its leases take.
func (r Resources) Minus(taken Resources) Resources {
	r.CPU, r.Memory, r.Disk = less(r.CPU, taken.CPU), less(r.Memory, taken.Memory), less(r.Disk, taken.Disk)
	r.Volumes, r.GPUs = slices.Clone(r.Volumes), slices.Clone(r.GPUs)
	for _, v := range taken.Volumes {
		if at := slices.IndexFunc(r.Volumes, func(o Volume) bool { return o.Class == v.Class }); at >= 0 {
			r.Volumes[at].Bytes = less(r.Volumes[at].Bytes, v.Bytes)
		}
	}
	for _, g := range taken.GPUs {
		if at := slices.IndexFunc(r.GPUs, g.same); at >= 0 {
			r.GPUs[at].Count -= min(r.GPUs[at].Count, g.Count)
		}
	}
	r.Volumes = slices.DeleteFunc(r.Volumes, func(v Volume) bool { return v.Bytes == 0 })
	r.GPUs = slices.DeleteFunc(r.GPUs, func(g GPU) bool { return g.Count == 0 })
	return r
}

func less(a, b uint64) uint64 { return a - min(a, b) }

// same tells whether both are of one kind.
func (g GPU) same(o GPU) bool {
	return g.Vendor == o.Vendor && g.Model == o.Model && g.Interface == o.Interface && g.Memory == o.Memory
}

// suits tells whether an accelerator is of a kind that is wanted.
func (g GPU) suits(want GPU) bool {
	return (want.Vendor == "" || want.Vendor == g.Vendor) && (want.Model == "" || want.Model == g.Model) &&
		(want.Interface == "" || want.Interface == g.Interface) && g.Memory >= want.Memory
}

func (g GPU) words(mayBeAny bool) error {
	for _, w := range []struct{ field, word string }{{"vendor", g.Vendor}, {"model", g.Model}, {"interface", g.Interface}} {
		if w.word == "" && (mayBeAny || w.field == "interface") {
			continue
		}
		if err := bound.Word(w.field, w.word, wordChars, wordMax); err != nil {
			return ErrInvalid.Wrapf("accelerator: %s", err)
		}
	}
	return nil
}

func validateAttributes(list []Attribute) error {
	if len(list) > attributesMax {
		return ErrInvalid.Wrapf("%d attributes, more than %d", len(list), attributesMax)
	}
	for i, a := range list {
		if err := bound.Word("attribute", a.Key, wordChars, wordMax); err != nil {
			return ErrInvalid.Wrap(err.Error())
		}
		if err := bound.Text(a.Key, a.Value, wordMax); err != nil {
			return ErrInvalid.Wrap(err.Error())
		}
		if slices.ContainsFunc(list[:i], func(o Attribute) bool { return o.Key == a.Key }) {
			return ErrInvalid.Wrapf("attribute %s stands twice", a.Key)
		}
	}
	return nil
}
