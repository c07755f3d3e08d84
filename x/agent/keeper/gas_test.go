package keeper_test

import (
	"testing"
	"time"

	"cosmossdk.io/collections"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"ayni.example/x/agent"
	"ayni.example/x/internal/ledgertest"
)

// TestWakeGas: waking costs within the margin of an estimate (30 %) the same gas whether or not it opens the wake-up at once. The sender
// estimates while another wake-up is open, which may have ended when the transaction is executed.
func TestWakeGas(t *testing.T) {
	f := start(t, "ann", "bob")
	id := f.create(charter(), purse/2)
	used := func() uint64 {
		meter := storetypes.NewInfiniteGasMeter()
		ctx := f.Ctx
		f.Ctx = ctx.WithGasMeter(meter).WithKVGasConfig(storetypes.KVGasConfig())
		f.ok(&agent.MsgWake{Sender: text("olga"), Agent: id, Message: hash("hello"), Size_: 5})
		f.Ctx = ctx
		return meter.GasConsumed()
	}
	opened := used() // asks the beacon
	queued := used()
	f.block(time.Second)
	if opened > queued*13/10 || queued > opened*13/10 {
		t.Errorf("%d gas to open a wake-up at once, %d to queue one", opened, queued)
	}
	t.Logf("%d gas to open a wake-up at once, %d to queue one", opened, queued)
}

// TestPolicyGas is what one more action of an act costs: what the policy reads of the state, and what log and events keep of it; one that
// is done moves money too.
func TestPolicyGas(t *testing.T) {
	f := start(t, "hugo")
	s := f.take(f.wake(f.create(charter(), 10_000)))
	used := func(actions ...agent.Action) uint64 {
		branch, _ := f.Ctx.CacheContext()
		meter := storetypes.NewInfiniteGasMeter()
		_, err := f.Agent.Act(branch.WithGasMeter(meter).WithKVGasConfig(storetypes.KVGasConfig()), s.act(0, actions...))
		ledgertest.Must(t, err)
		return meter.GasConsumed()
	}
	one := used(pay("shop", 1))
	for name, tt := range map[string]struct {
		action agent.Action
		gas    uint64
	}{
		"refused": {pay("shop", 1001), 5_703},
		"done":    {pay("shop", 1), 31_223},
	} {
		if got := used(pay("shop", 1), tt.action) - one; got != tt.gas {
			t.Errorf("%s: %d gas, want %d", name, got, tt.gas)
		}
	}
}

// BenchmarkPolicyReads is what a check of the policy has to read of the state, decoded; x/agent's BenchmarkPolicy is the check alone.
func BenchmarkPolicyReads(b *testing.B) {
	f := start(b, "hugo")
	id := f.create(charter(), 10_000)
	f.ok(f.take(f.wake(id)).act(0, pay("shop", 1)))
	f.take(f.wake(id))
	shop := ledgertest.Account("shop")
	for b.Loop() {
		_, err := f.Agent.Agents.Get(f.Ctx, id)
		ledgertest.Must(b, err)
		_, err = f.Agent.Charters.Get(f.Ctx, id)
		ledgertest.Must(b, err)
		_, err = f.Agent.Spent.Get(f.Ctx, id)
		ledgertest.Must(b, err)
		_, err = f.Agent.Leases.Get(f.Ctx, id)
		ledgertest.Must(b, err)
		_, err = f.Agent.Payees.Get(f.Ctx, collections.Join[[]byte, []byte](id, shop))
		ledgertest.Must(b, err)
		if f.treasury(id) == 0 {
			b.Fatal("no money")
		}
	}
}
