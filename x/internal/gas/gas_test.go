package gas_test

import (
	"testing"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/internal/gas"
)

// TestFlat: the price is taken from the transaction once, and what the work uses is not.
func TestFlat(t *testing.T) {
	ctx := sdk.Context{}.WithGasMeter(storetypes.NewGasMeter(100))
	sdk.UnwrapSDKContext(gas.Flat(ctx, 60, "work")).GasMeter().ConsumeGas(1_000, "within it")
	sdk.UnwrapSDKContext(gas.Paid(ctx)).GasMeter().ConsumeGas(1_000, "paid elsewhere")
	if used := ctx.GasMeter().GasConsumed(); used != 60 {
		t.Errorf("%d gas used, want 60", used)
	}
	defer func() {
		if _, ok := recover().(storetypes.ErrorOutOfGas); !ok {
			t.Error("work was done that the transaction has no gas for")
		}
	}()
	gas.Flat(ctx, 60, "work")
}
