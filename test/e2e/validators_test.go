package e2e_test

import (
	"context"
	"testing"
	"time"

	"ayni.example/test/cluster"
	"ayni.example/test/delay"
)

// validators is a network of four that makes blocks.
func validators(t *testing.T, cfg cluster.Config) *cluster.Cluster {
	t.Helper()
	if why := cluster.Missing(); why != "" {
		t.Skip(why)
	}
	cfg.Binary, cfg.Dir = binary(t), t.TempDir()
	if cfg.Link == (delay.Link{}) {
		cfg.Link = delay.Link{Delay: 10 * time.Millisecond, Jitter: 5 * time.Millisecond}
	}
	c, err := cluster.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), startMax)
	defer cancel()
	if err := c.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitHeight(ctx, 1); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestValidators(t *testing.T) {
	began := time.Now()
	c := validators(t, cluster.Config{})
	t.Logf("first block everywhere after %s", time.Since(began))
	load, watch := c.NewLoad(5, 1), c.NewWatch()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	go load.Run(ctx)
	if err := watch.Run(ctx); err != nil {
		t.Fatal(err)
	}
	failed, err := load.Failed()
	h, _ := watch.Height()
	t.Logf("done %d failed %d (%v) height %d compared %d gaps %v", load.Done(), failed, err, h, watch.Compared(), watch.Gaps())
}
