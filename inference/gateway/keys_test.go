package gateway_test

import (
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
	"ayni.example/internal/clock"
)

func newKeys(t *testing.T, now func() time.Time) *gateway.Keys {
	t.Helper()
	keys, err := gateway.OpenKeys(t.Context(), gateway.KeysConfig{DB: openDB(t), Now: now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func amount(n int64) *math.Int {
	a := math.NewInt(n)
	return &a
}

func TestKeyLife(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000).UTC()
	keys := newKeys(t, func() time.Time { return now })
	spec := gateway.KeySpec{Name: "phone", Budget: amount(100), Rate: 5, Models: []string{"tiny"}, Expires: now.Add(time.Hour)}
	secret, key, err := keys.Create(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(secret, "ak-") || len(secret) != 3+52 {
		t.Fatalf("secret has %d bytes", len(secret))
	}
	found, err := keys.Authenticate(t.Context(), secret)
	if err != nil || found.ID != key.ID || found.Name != "phone" || !found.Budget.Equal(math.NewInt(100)) || found.Models[0] != "tiny" {
		t.Fatalf("%+v, %v", found, err)
	}
	other := []byte(secret)
	other[10] ^= 1
	for _, wrong := range []string{string(other), "", "sk-x", "ak-", strings.Repeat("ak-", 100)} {
		if _, err := keys.Authenticate(t.Context(), wrong); !engine.IsKind(err, engine.Unauthorised) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if _, err := keys.Update(t.Context(), key.ID, gateway.KeySpec{Name: "tablet", Rate: 7}); err != nil {
		t.Fatal(err)
	}
	found, err = keys.Authenticate(t.Context(), secret)
	if err != nil || found.Name != "tablet" || found.Budget != nil || !found.Expires.IsZero() {
		t.Fatalf("%+v, %v", found, err)
	}
	if err := keys.Revoke(t.Context(), key.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Authenticate(t.Context(), secret); err == nil || !strings.Contains(err.Error(), "revoked on 2023-11-14") {
		t.Errorf("revoked key: %v", err)
	}
	if err := keys.Revoke(t.Context(), "k-none"); !errors.Is(err, gateway.ErrNoKey) {
		t.Errorf("revoke of no key: %v", err)
	}
	list, err := keys.List(t.Context())
	if err != nil || len(list) != 1 || list[0].Revoked.IsZero() {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestKeyExpires(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	keys := newKeys(t, func() time.Time { return now })
	secret, _, err := keys.Create(t.Context(), gateway.KeySpec{Name: "a", Expires: now.Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute - time.Millisecond)
	if _, err := keys.Authenticate(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Millisecond)
	if _, err := keys.Authenticate(t.Context(), secret); !engine.IsKind(err, engine.Unauthorised) {
		t.Fatal(err)
	}
}

func TestKeySpecIsChecked(t *testing.T) {
	keys := newKeys(t, clock.System)
	for name, spec := range map[string]gateway.KeySpec{
		"no name": {}, "control": {Name: "a\nb"}, "long": {Name: strings.Repeat("x", 101)}, "negative budget": {Name: "a", Budget: amount(-1)},
		"negative rate": {Name: "a", Rate: -1}, "many models": {Name: "a", Models: make([]string, 101)},
	} {
		if _, _, err := keys.Create(t.Context(), spec); !engine.IsKind(err, engine.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSecretIsNotStored(t *testing.T) {
	db := openDB(t)
	keys, err := gateway.OpenKeys(t.Context(), gateway.KeysConfig{DB: db, Now: clock.System, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := keys.Create(t.Context(), gateway.KeySpec{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	var n int
	const query = `SELECT count(*) FROM gateway_keys WHERE instr(id || name || hash || hex(hash), ?) > 0`
	if err := db.QueryRowContext(t.Context(), query, secret[3:]).Scan(&n); err != nil || n != 0 {
		t.Fatalf("%d rows, %v", n, err)
	}
}

func TestRate(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	keys := newKeys(t, func() time.Time { return now })
	key := gateway.Key{ID: "k-1", Rate: 60}
	allowed := 0
	for range 100 {
		if keys.Allow(key) == nil {
			allowed++
		}
	}
	if allowed != 60 {
		t.Fatalf("%d requests at once", allowed)
	}
	now = now.Add(time.Second)
	if err := keys.Allow(key); err != nil {
		t.Fatalf("after a second: %v", err)
	}
	if err := keys.Allow(key); !engine.IsKind(err, engine.Busy) {
		t.Fatalf("two in a second: %v", err)
	}
	now = now.Add(time.Hour)
	allowed = 0
	for range 100 {
		if keys.Allow(key) == nil {
			allowed++
		}
	}
	if allowed != 60 {
		t.Fatalf("%d requests after an hour", allowed)
	}
}

// TestBudgetUnderRace has many requests spend from one key at once: what is held and spent may never pass the budget.
func TestBudgetUnderRace(t *testing.T) {
	keys := newKeys(t, clock.System)
	const budget = 1000
	_, key, err := keys.Create(t.Context(), gateway.KeySpec{Name: "a", Budget: amount(budget)})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	held, spent := int64(0), int64(0)
	var wait sync.WaitGroup
	for worker := range int64(8) {
		wait.Go(func() {
			for i := range int64(40) {
				request := big.NewInt(worker*1000 + i).String()
				granted, err := keys.Reserve(context.Background(), key.ID, request, math.NewInt(50))
				if engine.IsKind(err, engine.Unpaid) || engine.IsKind(err, engine.Busy) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				held += granted.Int64()
				if held+spent > budget {
					t.Errorf("%d held and %d spent", held, spent)
				}
				mu.Unlock()
				cost := granted.Int64() * (i % 3) / 2 / 2 // nothing, a quarter or half
				mu.Lock()
				held, spent = held-granted.Int64(), spent+cost
				mu.Unlock()
				if err := keys.Settle(context.Background(), key.ID, request, granted, math.NewInt(cost)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	after, err := keys.Key(t.Context(), key.ID)
	if err != nil || after.Spent.Int64() != spent || spent > budget {
		t.Fatalf("spent %v, want %d, %v", after.Spent, spent, err)
	}
}

func TestBudgetRunsOut(t *testing.T) {
	keys := newKeys(t, clock.System)
	_, key, err := keys.Create(t.Context(), gateway.KeySpec{Name: "a", Budget: amount(100)})
	if err != nil {
		t.Fatal(err)
	}
	granted, err := keys.Reserve(t.Context(), key.ID, "one", math.NewInt(300))
	if err != nil || granted.Int64() != 100 {
		t.Fatalf("%v, %v", granted, err)
	}
	if _, err := keys.Reserve(t.Context(), key.ID, "two", math.NewInt(1)); !engine.IsKind(err, engine.Busy) {
		t.Fatalf("all is held: %v", err)
	}
	if err := keys.Settle(t.Context(), key.ID, "one", granted, math.NewInt(100)); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Reserve(t.Context(), key.ID, "two", math.NewInt(1)); !engine.IsKind(err, engine.Unpaid) {
		t.Fatalf("all is spent: %v", err)
	}
	if granted, err := keys.Reserve(t.Context(), key.ID, "free", math.ZeroInt()); err != nil || !granted.IsZero() {
		t.Fatalf("what costs nothing needs no budget: %v, %v", granted, err)
	}
}

// TestKilledGatewayChargesWhatWasHeld opens the keys again as after a kill: the answers may have been paid for.
func TestKilledGatewayChargesWhatWasHeld(t *testing.T) {
	db := openDB(t)
	cfg := gateway.KeysConfig{DB: db, Now: clock.System, Random: rand.Reader}
	keys, err := gateway.OpenKeys(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := keys.Create(t.Context(), gateway.KeySpec{Name: "a", Budget: amount(100)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Reserve(t.Context(), key.ID, "lost", math.NewInt(60)); err != nil {
		t.Fatal(err)
	}
	again, err := gateway.OpenKeys(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	lost, err := again.Recover(t.Context())
	if err != nil || len(lost) != 1 || lost[0] != "lost" {
		t.Fatalf("%v, %v", lost, err)
	}
	after, err := again.Key(t.Context(), key.ID)
	if err != nil || after.Spent.Int64() != 60 {
		t.Fatalf("%v, %v", after.Spent, err)
	}
	if lost, err := again.Recover(t.Context()); err != nil || len(lost) != 0 {
		t.Fatalf("charged twice: %v, %v", lost, err)
	}
}
