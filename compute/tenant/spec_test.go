package tenant_test

import (
	"fmt"
	"math/big"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cosmossdk.io/math"

	"ayni.example/compute/manifest"
	"ayni.example/compute/tenant"
	"ayni.example/x/compute"
)

func public(t *testing.T, file string) manifest.Public {
	t.Helper()
	d, err := manifest.Open(file, manifest.Options{Lookup: func(string) (string, bool) { return "value", true }})
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Salted([16]byte{1}).Public()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestExamples: every example that deploys is an order that the ledger takes.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../examples/deploy/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		if base := filepath.Base(file); base == "mistakes.yaml" || base == "sdl-refused.yaml" {
			continue
		}
		n++
		s, err := tenant.Spec(public(t, file), 2)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if err := (&compute.MsgPlaceOrder{Tenant: "0x52908400098527886E0F7030069857D2E4169EE7", Number: 1, Spec: s, Deposit: math.OneInt()}).ValidateBasic(); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if n < 8 {
		t.Errorf("%d examples", n)
	}
}

func TestSpec(t *testing.T) {
	p := public(t, "../../examples/deploy/sdl-full.yaml")
	s, err := tenant.Spec(p, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := compute.Spec{
		Unit: compute.UnitSecond, PriceMax: math.NewIntFromUint64(p.Price), ReclaimSeconds: 86400, Manifest: p.Digest[:],
		Resources: compute.Resources{
			CPU: 350, Memory: 320<<20 + 3*64_000_000, Disk: 1<<30 + 3*256<<20, Volumes: []compute.Volume{{Bytes: 1 << 30}, {Class: "nvme", Bytes: 1_000_000_000}},
		},
		Placement: compute.Placement{Attributes: []compute.Attribute{{Key: "arch", Value: "amd64"}, {Key: "region", Value: "eu-north"}, {Key: "tier", Value: "community"}}},
	}
	if diff := cmp.Diff(want.String(), s.String()); diff != "" {
		t.Error(diff)
	}
	cards := []compute.Choice{
		{Count: 2, Any: []compute.GPU{{Vendor: "nvidia", Model: "a100", Interface: "sxm", Memory: 80 << 30}, {Vendor: "nvidia", Model: "h100"}}},
		{Count: 1, Any: []compute.GPU{{Vendor: "amd", Model: "mi300x", Interface: "pcie", Memory: 192 << 30}}},
		{Count: 1, Any: []compute.GPU{{Vendor: "amd"}}},
	}
	if s, err = tenant.Spec(public(t, "../../examples/deploy/sdl-gpu.yaml"), 0); err != nil || !cmp.Equal(fmt.Sprint(cards), fmt.Sprint(s.GPUs)) {
		t.Errorf("%v, %v", s.GPUs, err)
	}
	batch := public(t, "../../examples/deploy/sweep.yaml")
	if s, err = tenant.Spec(batch, 0); err != nil || s.Unit != compute.UnitTask || s.Tasks != 6 || s.Retries != 2 || s.ReviewSeconds != 6*3600 {
		t.Errorf("%+v, %v", s, err)
	}
	if got := tenant.Most(batch, 99); got.Cmp(new(big.Int).Mul(big.NewInt(6), big.NewInt(1e17))) != 0 {
		t.Errorf("six tasks cost %s", got)
	}
}
