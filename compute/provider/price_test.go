package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/compute/provider"
	"ayni.example/tensor/trace"
	"ayni.example/x/compute"
)

func host() compute.Host {
	return compute.Host{Inventory: compute.Inventory{
		Resources: compute.Resources{
			CPU: 16000, Memory: 64 << 30, Disk: 100 << 30, Volumes: []compute.Volume{{Class: "ssd", Bytes: 100 << 30}},
			GPUs: []compute.GPU{{Vendor: "nvidia", Model: "a100", Interface: "sxm", Memory: 80 << 30, Count: 2}, {Vendor: "nvidia", Model: "t4", Memory: 16 << 30, Count: 1}},
		}, FlopsCore: 50e9, FlopsAll: 400e9,
	}}
}

func seconds() compute.Order {
	return compute.Order{Spec: compute.Spec{
		Unit: compute.UnitSecond, PriceMax: math.NewIntWithDecimal(1, 18),
		Resources: compute.Resources{CPU: 2500, Memory: 3 << 30, Disk: 10 << 30, Volumes: []compute.Volume{{Bytes: 5 << 30}}},
		GPUs:      []compute.Choice{{Count: 1, Any: []compute.GPU{{Model: "a100"}}}},
	}}
}

// training is an order of steps whose operations can be counted by hand.
func training() compute.Order {
	shape := trace.Shape{Layers: 2, Width: 64, Heads: 2, KVHeads: 1, HeadSize: 32, Inner: 128, Vocab: 512, Windows: 4, Length: 64, Eps: 0x3727c5ac, Clip: 0x3ff0000000000000}
	job := trace.Job{Shape: shape, Steps: 100, Segment: 10}
	return compute.Order{Spec: compute.Spec{
		Unit: compute.UnitStep, PriceMax: math.NewIntWithDecimal(1, 18), Resources: compute.Resources{CPU: 2000, Memory: 1 << 30},
		Training: &compute.Training{Job: job.Encode(), Steps: 100, Segment: 10},
	}}
}

func TestRates(t *testing.T) {
	r := provider.Rates{
		Core: big.NewInt(3600), Memory: big.NewInt(7200), Disk: big.NewInt(360), Volume: map[string]*big.Int{"ssd": big.NewInt(720)},
		GPU: map[string]*big.Int{"a100": big.NewInt(36000), "": big.NewInt(1)}, Task: big.NewInt(9),
	}
	price := func(o compute.Order) math.Int {
		t.Helper()
		p, err := r.Price(t.Context(), o, host())
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	// 2.5 cores, 3 GiB at 2, 10 GiB at 0.1, 5 GiB of a volume at 0.2, one card at 10: 2.5 + 6 + 1 + 1 + 10, rounded up.
	if got := price(seconds()); !got.Equal(math.NewInt(21)) {
		t.Errorf("a second costs %s", got)
	}
	other := seconds()
	other.Spec.GPUs[0].Any[0].Model = "t4"
	if got := price(other); !got.Equal(math.NewInt(11)) {
		t.Errorf("a second with any other card costs %s", got)
	}
	if got := price(compute.Order{Spec: compute.Spec{Unit: compute.UnitTask}}); !got.Equal(math.NewInt(9)) {
		t.Errorf("a task costs %s", got)
	}
	// Six for each weight and token: 2 layers of 64*(2*64+2*32) + 3*64*128 + 64*64, and 64*512; 256 tokens.
	const operations = 6 * 256 * (2*(64*192+3*64*128+64*64) + 64*512)
	r.Core, r.Memory = big.NewInt(3600e9), nil
	// At 100 GFLOP/s of two cores, for 2e9 acredit a second.
	const want = operations*2/100 + 1
	if got := price(training()); !got.Equal(math.NewInt(want)) {
		t.Errorf("a step costs %s, want %d", got, want)
	}
	r.Least = big.NewInt(3600e12)
	if got := price(seconds()); !got.Equal(math.NewInt(1e12)) {
		t.Errorf("the least is %s", got)
	}
	r.Task = nil
	if _, err := r.Price(t.Context(), compute.Order{Spec: compute.Spec{Unit: compute.UnitTask}}, host()); !errors.Is(err, provider.ErrDecline) {
		t.Errorf("a task without a price: %v", err)
	}
	broken := training()
	broken.Spec.Training.Job = []byte("x")
	if _, err := r.Price(t.Context(), broken, host()); !errors.Is(err, provider.ErrDecline) {
		t.Errorf("a job that nobody can read: %v", err)
	}
}

func TestScript(t *testing.T) {
	dir := t.TempDir()
	script := func(text string) provider.Script {
		path := filepath.Join(dir, "price")
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
			t.Fatal(err)
		}
		return provider.Script{Path: path}
	}
	asked := filepath.Join(dir, "asked.json")
	p, err := script("cat > "+asked+"; echo 0.36").Price(t.Context(), seconds(), host())
	if err != nil || !p.Equal(math.NewIntWithDecimal(1, 14)) {
		t.Errorf("0.36 credits for an hour are %s a second, %v", p, err)
	}
	text, err := os.ReadFile(asked)
	if err != nil {
		t.Fatal(err)
	}
	var q struct {
		Unit     string
		MilliCPU uint64 `json:"milli_cpu"`
		GPUs     []compute.GPU
	}
	if err := json.Unmarshal(text, &q); err != nil || q.Unit != "second" || q.MilliCPU != 2500 || len(q.GPUs) != 1 || q.GPUs[0].Model != "a100" {
		t.Errorf("asked %s, %v", text, err)
	}
	if p, err = script("cat > "+asked+"; echo 2").Price(t.Context(), training(), host()); err != nil || !p.Equal(math.NewIntWithDecimal(2, 18)) {
		t.Errorf("a step costs %s, %v", p, err)
	}
	if text, err := os.ReadFile(asked); err != nil || !strings.Contains(string(text), `"operations":`) {
		t.Errorf("asked %s, %v", text, err)
	}
	if _, err := script("exit 3").Price(t.Context(), seconds(), host()); !errors.Is(err, provider.ErrDecline) {
		t.Errorf("exit 3: %v", err)
	}
	for _, text := range []string{"echo much", "echo -1", "echo 0", "echo 1e30", "echo 1/3", "true", "head -c 100000 /dev/zero", "echo no >&2; exit 1", "exec sleep 60"} {
		ctx, cancel := context.WithCancel(t.Context())
		if strings.Contains(text, "sleep") {
			cancel()
		}
		if _, err := script(text).Price(ctx, seconds(), host()); err == nil || errors.Is(err, provider.ErrDecline) {
			t.Errorf("%s: %v", text, err)
		}
		cancel()
	}
	if _, err := (provider.Script{Path: filepath.Join(dir, "none")}).Price(t.Context(), seconds(), host()); err == nil {
		t.Error("a script that is not there has a price")
	}
}
