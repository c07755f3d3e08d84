package e2e_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"ayni.example/web/operator"
)

// erases destroys what a contributor has in its vault and gave to the pool as a file: nobody said that these are the same. The
// contribution is taken back, what opens its commitment is gone, and the model that was trained since is named.
func (p *pooled) erases(t *testing.T, keeper *node) {
	t.Helper()
	m := p.people[0]
	tickets := func() int {
		list, err := filepath.Glob(filepath.Join(m.home, "contributions", "*"))
		must(t, err)
		return len(list)
	}
	if tickets() != 1 {
		t.Errorf("%d tickets before", tickets())
	}
	model := read[operator.Asset](keeper, "provenance", "show", pooledName).ID
	e := read[operator.VaultErasure](m, "vault", "erase", "proposal.go")
	if !e.Here || !e.Ledger || !e.Done || !slices.Contains(e.Descendants, model) {
		t.Errorf("erasure %+v, want the model %s among what may contain it", e, model)
	}
	stats := read[operator.PoolStats](m, "pool", "stats", p.id)
	address := read[operator.Wallet](m, "wallet", "show").Address
	at := slices.IndexFunc(stats.Contributions, func(c operator.Contribution) bool { return c.Owner == address })
	if c := stats.Contributions[at]; c.State != "withdrawn" || c.Points != 0 {
		t.Errorf("the contribution is %+v", c)
	}
	if n := tickets(); n != 0 {
		t.Errorf("%d tickets are left", n)
	}
}

// leaves has a contributor take its file back: its points are gone, and its text is not on the pool's machine any more. What it was paid stays.
func (p *pooled) leaves(t *testing.T, keeper *node) {
	t.Helper()
	m := p.people[1]
	address := read[operator.Wallet](m, "wallet", "show").Address
	stats := read[operator.PoolStats](m, "pool", "stats", p.id)
	c := stats.Contributions[slices.IndexFunc(stats.Contributions, func(c operator.Contribution) bool { return c.Owner == address })]
	if _, err := p.people[2].try("pool", "withdraw", c.ID); err == nil {
		t.Error("another took it back")
	}
	kept := func() []string {
		names, err := filepath.Glob(filepath.Join(keeper.home, "pools", "code", "*", c.ID+"*"))
		must(t, err)
		return names
	}
	if len(kept()) == 0 {
		t.Error("the pool's machine has nothing of it before")
	}
	if got := read[operator.Contribution](m, "pool", "withdraw", c.ID[:12]); got.State != "withdrawn" || got.Points != 0 {
		t.Errorf("taken back: %+v", got)
	}
	await(t, time.Minute, "the pool's machine has removed the text", func() bool { return len(kept()) == 0 })
	for _, now := range read[operator.PoolStats](m, "pool", "stats", p.id).Contributors {
		if now.Address == address && (now.Points != "0" || now.Paid == "0") {
			t.Errorf("afterwards: %+v", now)
		}
	}
}
