package meter_test

import (
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"ayni.example/sandbox/wasm/meter"
)

// rounds of the measured loop, each a multiplication, an addition and a branch.
const rounds = 10_000_000

// BenchmarkMeter runs the same loop as it is and metered; the ratio of the two is what metering costs.
func BenchmarkMeter(b *testing.B) {
	loop := join(
		[]byte{0x03, 0x40},
		[]byte{0x23, 0}, i32Const(1664525), []byte{0x6c}, i32Const(1013904223), []byte{0x6a, 0x24, 0},
		[]byte{0x23, 1}, i32Const(1), []byte{0x6a, 0x24, 1, 0x23, 1}, i32Const(rounds), []byte{0x48, 0x0d, 0, 0x0b},
	)
	code := join([]byte("\x00asm\x01\x00\x00\x00"), section(1, list(signature(nil, nil))), section(3, list([]byte{0})),
		section(6, list([]byte{i32, 1, 0x41, 5, 0x0b}, []byte{i32, 1, 0x41, 0, 0x0b})),
		section(7, list(join(text("run"), []byte{0, 0}))),
		section(10, list(body(i32Const(0), []byte{0x24, 1}, loop))))
	m, err := meter.Instrument(code)
	if err != nil {
		b.Fatal(err)
	}
	for name, code := range map[string][]byte{"plain": code, "metered": m.Code} {
		b.Run(name, func(b *testing.B) {
			r := wazero.NewRuntimeWithConfig(b.Context(), wazero.NewRuntimeConfigCompiler())
			defer func() { _ = r.Close(b.Context()) }()
			mod, err := r.InstantiateWithConfig(b.Context(), code, wazero.NewModuleConfig().WithStartFunctions())
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if g, ok := mod.ExportedGlobal(meter.Fuel).(api.MutableGlobal); ok {
					g.Set(1 << 60)
				}
				if _, err := mod.ExportedFunction("run").Call(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rounds, "ns/round")
		})
	}
}
