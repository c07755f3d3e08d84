package chain_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"

	"cosmossdk.io/math"

	"ayni.example/client"
)

// BenchmarkRefusal is what a node spends on a transaction that it does not take.
func BenchmarkRefusal(b *testing.B) {
	app, signer := newBare(b, testGenesis(b, 3)), key(1)
	app.block(b)
	random := rand.New(rand.NewPCG(3, 3))
	junk := make([]byte, 200<<10)
	for i := range junk {
		junk[i] = byte(random.Uint32())
	}
	good := app.payment(b, 1, 200_000, math.NewInt(200_000*price))
	raw := func(change func(*client.Order)) []byte {
		order := good
		change(&order)
		return sign(b, order, signer)
	}
	false1 := raw(func(*client.Order) {})
	false1[len(false1)-5] ^= 1
	long := raw(func(o *client.Order) {
		o.Gas, o.Fee = 50_000_000, math.NewInt(50_000_000*price)
		for range 1_800 {
			o.Messages = append(o.Messages, good.Messages[0])
		}
	})
	falseLong := bytes.Clone(long)
	falseLong[len(falseLong)-5] ^= 1
	for name, tx := range map[string][]byte{
		"junk of 200 KiB":              junk,
		"no fee":                       raw(func(o *client.Order) { o.Fee = math.ZeroInt() }),
		"small fee":                    raw(func(o *client.Order) { o.Fee = math.OneInt() }),
		"sequence ahead":               raw(func(o *client.Order) { o.Sequence += 9 }),
		"false signature":              false1,
		"false signature over 250 KiB": falseLong,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if result, err := app.CheckTx(&abci.RequestCheckTx{Tx: tx}); err != nil || result.Code == 0 {
					b.Fatal(err, result)
				}
			}
		})
	}
}
