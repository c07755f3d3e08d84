package testchain_test

import (
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"ayni.example/internal/ethkey"
	"ayni.example/internal/testchain"
	"ayni.example/x/credit"
)

func TestSend(t *testing.T) {
	start := time.Now()
	c := testchain.New(t, testchain.Config{})
	t.Logf("started in %v", time.Since(start))
	before, err := c.Client(1).Balance(t.Context(), c.Address(2))
	if err != nil {
		t.Fatal(err)
	}
	start = time.Now()
	result, err := c.Client(1).Submit(t.Context(), &banktypes.MsgSend{
		FromAddress: c.Address(1), ToAddress: ethkey.Hex(c.Keys[2].PubKey().Address()),
		Amount: sdk.NewCoins(sdk.NewCoin(credit.Denom, math.NewInt(42))),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("in block %d after %v, gas %d", result.Height, time.Since(start), result.Gas)
	after, err := c.Client(0).Balance(t.Context(), c.Address(2))
	if err != nil {
		t.Fatal(err)
	}
	if got := after.Sub(before); !got.Equal(math.NewInt(42)) {
		t.Fatalf("balance grew by %s, want 42", got)
	}
}
