package machine

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"ayni.example/zk/bundle"
	"ayni.example/zk/quant"
	"ayni.example/zk/quant/quanttest"
)

// TestMeasureProof proves and verifies answers of a small network to measure them; a clock that steps by a second sees each
// part once.
func TestMeasureProof(t *testing.T) {
	m, err := quant.Quantise(quanttest.MLP(1, 2, 16), quant.Config{Rows: quanttest.Rows(1, 4, 16)})
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundle.Make(bundle.Config{Name: "small", Model: m, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	var at time.Time
	clock := func() time.Time {
		at = at.Add(time.Second)
		return at
	}
	cost, err := measureProof(t.Context(), b, clock)
	if err != nil {
		t.Fatal(err)
	}
	if cost.Infer != 1 || cost.Prove != 1 || cost.Verify != 1 || cost.Commit != 1 || cost.Bytes < 1000 || cost.Rounds != costRounds {
		t.Errorf("%+v", cost)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := measureProof(ctx, b, clock); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
