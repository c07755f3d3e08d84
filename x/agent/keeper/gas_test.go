package keeper_test

import (
	"testing"
	"time"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"ayni.example/x/agent"
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
