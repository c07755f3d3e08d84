package provider_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ayni.example/compute/provider"
	"ayni.example/internal/clock"
	"ayni.example/x/compute"
)

func TestLook(t *testing.T) {
	inventory, err := provider.Look(t.Context(), t.TempDir(), provider.Share{Region: "eu-west", Attributes: map[string]string{"tier": "home"}}, provider.Score{Core: 5, All: 9})
	if err != nil {
		t.Fatal(err)
	}
	if inventory.Resources.CPU < 1000 || inventory.FlopsCore != 5 || inventory.FlopsAll != 9 || len(inventory.Attributes) != 4 || inventory.Attributes[2].Value != "eu-west" {
		t.Errorf("%+v", inventory)
	}
	again, err := provider.Look(t.Context(), t.TempDir(), provider.Share{Cores: 500, Memory: 1 << 20, Disk: 1 << 30, Volumes: 3 << 30, Class: "nvme"}, provider.Score{})
	if err != nil {
		t.Fatal(err)
	}
	want := compute.Resources{CPU: 500, Memory: 1 << 20, Disk: 1 << 30, Volumes: []compute.Volume{{Class: "nvme", Bytes: 3 << 30}}}
	if diff := cmp.Diff(want, again.Resources); diff != "" {
		t.Error(diff)
	}
	if _, err := provider.Look(t.Context(), filepath.Join(t.TempDir(), "none"), provider.Share{}, provider.Score{}); err == nil {
		t.Error("a folder that is not there has room")
	}
	for _, c := range [][3]string{{"nvme0n1", "0\n", "nvme"}, {"sda", "1\n", "hdd"}, {"vda", "0\n", "ssd"}} {
		if got := provider.ClassOf(c[0], c[1]); got != c[2] {
			t.Errorf("%s is %s", c[0], got)
		}
	}
}

// TestCards reads what the vendors' tools print, and finds the tools by their names.
func TestCards(t *testing.T) {
	const nvidia = "NVIDIA A100-SXM4-80GB, 81920, 00000000:07:00.0\nNVIDIA A100-SXM4-80GB, 81920, 00000000:08:00.0\n" +
		"NVIDIA GeForce RTX 4090, 24564, 00000000:09:00.0\nTesla T4, 15360, 0\nNVIDIA H100 PCIe, 81559, 0\nNVIDIA H200, [N/A], 0\nbroken\n"
	want := []compute.GPU{
		{Vendor: "nvidia", Model: "a100", Interface: "sxm", Memory: 80 << 30, Count: 2},
		{Vendor: "nvidia", Model: "h100", Interface: "pcie", Memory: 81559 << 20, Count: 1},
		{Vendor: "nvidia", Model: "rtx4090", Interface: "pcie", Memory: 24564 << 20, Count: 1},
		{Vendor: "nvidia", Model: "t4", Interface: "pcie", Memory: 15360 << 20, Count: 1},
	}
	if diff := cmp.Diff(want, provider.NvidiaCards(nvidia)); diff != "" {
		t.Error(diff)
	}
	const amd = `{"card0": {"Card Series": "AMD Instinct MI300X", "VRAM Total Memory (B)": "206141652992"}, "system": {"Driver version": "6"},
		"card1": {"Card Series": "Radeon RX 7900 XTX", "VRAM Total Memory (B)": "25753026560"}, "card2": {"Card Series": 5}}`
	want = []compute.GPU{
		{Vendor: "amd", Model: "mi300x", Interface: "pcie", Memory: 206141652992, Count: 1},
		{Vendor: "amd", Model: "rx7900xtx", Interface: "pcie", Memory: 25753026560, Count: 1},
	}
	if diff := cmp.Diff(want, provider.AMDCards(amd)); diff != "" {
		t.Error(diff)
	}
	if provider.AMDCards("no JSON") != nil && len(provider.AMDCards("no JSON")) > 0 {
		t.Error("cards out of nothing")
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir+":/bin:/usr/bin")
	if got := provider.Cards(t.Context()); len(got) != 0 {
		t.Skipf("this machine has cards: %v", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "nvidia-smi"), []byte("#!/bin/sh\necho 'Tesla T4, 15360, 0'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := provider.Cards(t.Context()); len(got) != 1 || got[0].Model != "t4" {
		t.Errorf("found %v", got)
	}
}

// TestMeasure: the benchmark measures something, and less is not measured on more cores.
func TestMeasure(t *testing.T) {
	if testing.Short() {
		t.Skip("takes two seconds")
	}
	s := provider.Measure(clock.System, 2)
	t.Logf("%.1f GFLOP/s of one core, %.1f of two", float64(s.Core)/1e9, float64(s.All)/1e9)
	if s.Core < 1e8 || s.All < s.Core/2 {
		t.Errorf("%+v", s)
	}
}
