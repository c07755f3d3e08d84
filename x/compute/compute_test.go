package compute_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/x/compute"
)

func rtx(count uint32) compute.GPU {
	return compute.GPU{Vendor: "nvidia", Model: "rtx4090", Memory: 24 << 30, Count: count}
}

func h100(count uint32) compute.GPU {
	return compute.GPU{Vendor: "nvidia", Model: "h100", Interface: "sxm", Memory: 80 << 30, Count: count}
}

func one(kinds ...compute.GPU) compute.Choice { return compute.Choice{Count: 1, Any: kinds} }

// TestAllot: what names more is served first, so that what takes anything does not use it up; several kinds may serve one choice.
func TestAllot(t *testing.T) {
	free := compute.Resources{
		CPU: 8_000, Memory: 32 << 30, Volumes: []compute.Volume{{Class: "hdd", Bytes: 100}, {Class: "nvme", Bytes: 10}},
		GPUs: []compute.GPU{h100(1), rtx(2)},
	}
	for name, test := range map[string]struct {
		spec compute.Spec
		want []compute.Reason
	}{
		"nothing":             {compute.Spec{}, nil},
		"any and the best":    {compute.Spec{GPUs: []compute.Choice{one(compute.GPU{}), one(compute.GPU{Model: "h100"})}}, nil},
		"two kinds":           {compute.Spec{GPUs: []compute.Choice{{Count: 3, Any: []compute.GPU{{Vendor: "nvidia"}}}}}, nil},
		"too many":            {compute.Spec{GPUs: []compute.Choice{{Count: 4, Any: []compute.GPU{{Vendor: "nvidia"}}}}}, []compute.Reason{compute.ReasonGPU}},
		"memory of one":       {compute.Spec{GPUs: []compute.Choice{{Count: 2, Any: []compute.GPU{{Memory: 40 << 30}}}}}, []compute.Reason{compute.ReasonGPU}},
		"either":              {compute.Spec{GPUs: []compute.Choice{{Count: 2, Any: []compute.GPU{{Model: "a100"}, {Model: "rtx4090"}}}}}, nil},
		"any volume and nvme": {compute.Spec{Resources: compute.Resources{Volumes: []compute.Volume{{Bytes: 10}, {Class: "nvme", Bytes: 10}}}}, nil},
		"volumes":             {compute.Spec{Resources: compute.Resources{Volumes: []compute.Volume{{Class: "nvme", Bytes: 11}}}}, []compute.Reason{compute.ReasonVolume}},
		"all":                 {compute.Spec{Resources: compute.Resources{CPU: 9_000, Memory: 33 << 30, Disk: 1}}, []compute.Reason{compute.ReasonCPU, compute.ReasonMemory, compute.ReasonDisk}},
	} {
		taken, misfits := compute.Allot(test.spec, free)
		if len(misfits) != len(test.want) {
			t.Errorf("%s: %v", name, misfits)
			continue
		}
		for i, m := range misfits {
			if m.Reason != test.want[i] || m.Want <= m.Have {
				t.Errorf("%s: %v", name, misfits)
			}
		}
		if len(misfits) == 0 && taken.Validate() != nil {
			t.Errorf("%s takes %v", name, taken)
		}
	}
}

// TestFitBusy tells a machine that is too small from one whose leases take too much.
func TestFitBusy(t *testing.T) {
	h := compute.Host{
		Provider: "p", Inventory: compute.Inventory{Resources: compute.Resources{CPU: 4_000}, Units: []compute.Unit{compute.UnitSecond}},
		Used: compute.Resources{CPU: 3_000},
	}
	o := compute.Order{Tenant: "t", Spec: compute.Spec{Unit: compute.UnitSecond, Resources: compute.Resources{CPU: 2_000, Memory: 1}, PriceMax: math.OneInt()}}
	got := compute.Fit(o, h)
	if len(got) != 2 || got[0].Reason != compute.ReasonCPU || !got[0].Busy || got[0].Have != 1_000 || got[1].Reason != compute.ReasonMemory || got[1].Busy {
		t.Fatalf("misfits %+v", got)
	}
	h.Inventory.Floors = []compute.Floor{{Unit: compute.UnitSecond, Price: math.NewInt(2)}}
	o.Shunned = []string{"p"}
	if got = compute.Fit(o, h); len(got) != 4 || got[0].Reason != compute.ReasonShunned || got[1].Reason != compute.ReasonPrice {
		t.Fatalf("misfits %+v", got)
	}
}

// TestResources: what is taken and given back leaves what was, whatever else is taken meanwhile.
func TestResources(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	part := func() compute.Resources {
		r := compute.Resources{CPU: random.Uint64N(100), Memory: random.Uint64N(100), Disk: random.Uint64N(100)}
		if random.IntN(2) == 0 {
			r.Volumes = []compute.Volume{{Class: "ssd", Bytes: 1 + random.Uint64N(100)}}
		}
		if random.IntN(2) == 0 {
			r.GPUs = []compute.GPU{rtx(1 + random.Uint32N(5))}
		}
		return r
	}
	for range 1_000 {
		a, b, c := part(), part(), part()
		left := a.Plus(b).Plus(c).Minus(b).Minus(a)
		if rest := left.Minus(c); rest.CPU+rest.Memory+rest.Disk != 0 || len(rest.Volumes)+len(rest.GPUs) > 0 {
			t.Fatalf("%v and %v and %v leave %v", a, b, c, left)
		}
		if rest := c.Minus(left); rest.CPU+rest.Memory+rest.Disk != 0 || len(rest.Volumes)+len(rest.GPUs) > 0 {
			t.Fatalf("%v and %v and %v leave only %v", a, b, c, left)
		}
	}
}

// TestSettleSums: however a time is cut into settlements within the bound, the same is paid.
func TestSettleSums(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		price, escrow := math.NewInt(1+random.Int64N(50)), math.NewInt(random.Int64N(5_000))
		l := compute.Lease{Unit: compute.UnitSecond, Price: price, Escrow: escrow, Paid: math.ZeroInt()}
		var now int64
		for range random.IntN(30) {
			now += random.Int64N(10)
			l.Settle(1, now, 10)
		}
		want := math.MinInt(price.MulRaw(now), escrow)
		if !l.Paid.Equal(want) || !l.Escrow.Add(l.Paid).Equal(escrow) {
			t.Fatalf("paid %s of %s for %d s at %s, want %s", l.Paid, escrow, now, price, want)
		}
		if before := l.Paid; !l.Settle(1, now-1, 10).IsZero() || !l.Paid.Equal(before) {
			t.Fatal("a clock that goes back is paid")
		}
	}
}

// FuzzSpec: what anybody may write as an order is refused or can be allotted from any inventory, and what it takes was free.
func FuzzSpec(f *testing.F) {
	spec := compute.Spec{
		Unit: compute.UnitSecond, Resources: compute.Resources{CPU: 1, Volumes: []compute.Volume{{Bytes: 1}}}, PriceMax: math.OneInt(),
		GPUs: []compute.Choice{{Count: 2, Any: []compute.GPU{{Vendor: "nvidia"}, {}}}}, Manifest: bytes.Repeat([]byte{1}, 32),
	}
	whole := compute.Resources{CPU: 9, Memory: 9, Disk: 9, Volumes: []compute.Volume{{Class: "ssd", Bytes: 9}}, GPUs: []compute.GPU{rtx(2), h100(3)}}
	for _, m := range []struct {
		spec, free interface{ Marshal() ([]byte, error) }
	}{{&spec, &whole}} {
		a, _ := m.spec.Marshal()
		b, _ := m.free.Marshal()
		f.Add(a, b)
	}
	f.Fuzz(func(t *testing.T, rawSpec, rawFree []byte) {
		var s compute.Spec
		var free compute.Resources
		if s.Unmarshal(rawSpec) != nil || free.Unmarshal(rawFree) != nil || s.Validate() != nil || free.Validate() != nil {
			return
		}
		taken, misfits := compute.Allot(s, free)
		if len(misfits) > 0 {
			return
		}
		if rest := taken.Minus(free); rest.CPU+rest.Memory+rest.Disk != 0 || len(rest.Volumes)+len(rest.GPUs) > 0 {
			t.Fatalf("%v of %v takes %v too much", s, free, rest)
		}
	})
}
