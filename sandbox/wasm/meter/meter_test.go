package meter_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"ayni.example/sandbox/wasm/meter"
)

// outcome of a call.
type outcome struct {
	results []uint64
	err     error
	used    int64
	stack   int64
	refused bool
	pages   uint32
}

const (
	fuel     = 10_000_000
	pagesCap = 4
)

// call instruments a module and calls its function "run" within bounds.
func call(t *testing.T, code []byte) outcome {
	t.Helper()
	m, err := meter.Instrument(code)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig())
	defer func() { _ = r.Close(ctx) }()
	mod, err := r.InstantiateWithConfig(ctx, m.Code, wazero.NewModuleConfig().WithStartFunctions())
	if err != nil {
		t.Fatal(err)
	}
	global := func(name string) api.MutableGlobal { return mod.ExportedGlobal(name).(api.MutableGlobal) }
	global(meter.Fuel).Set(fuel)
	global(meter.Stack).Set(meter.StackMax)
	global(meter.Pages).Set(pagesCap)
	if m.Start {
		if _, err := mod.ExportedFunction(meter.Initialise).Call(ctx); err != nil {
			t.Fatal(err)
		}
	}
	var o outcome
	o.results, o.err = mod.ExportedFunction("run").Call(ctx)
	o.used = fuel - int64(global(meter.Fuel).Get())
	o.stack = int64(global(meter.Stack).Get())
	o.refused = global(meter.Refused).Get() != 0
	if m.Memory {
		o.pages = mod.Memory().Size() >> 16
	}
	return o
}

func TestFuel(t *testing.T) {
	drop := []byte{0x1a}
	for _, c := range []struct {
		name string
		code []byte
		used int64
	}{
		{"nothing but the end", nil, 1},
		{"straight", join(i32Const(1), i32Const(2), []byte{0x6a}, drop), 5},
		// The block, its condition and br_if; what is skipped costs nothing; its end, and the function's.
		{"branch taken", join([]byte{0x02, 0x40}, i32Const(1), []byte{0x0d, 0, 0x01, 0x01, 0x01, 0x0b}), 4},
		{"branch not taken", join([]byte{0x02, 0x40}, i32Const(0), []byte{0x0d, 0, 0x01, 0x01, 0x01, 0x0b}), 8},
		{"if", join(i32Const(1), []byte{0x04, 0x40, 0x01, 0x05, 0x01, 0x01, 0x0b}), 5},
		{"else", join(i32Const(0), []byte{0x04, 0x40, 0x01, 0x05, 0x01, 0x01, 0x0b}), 6},
		{"return", []byte{0x0f, 0x01, 0x01}, 1},
		{"fill of 8000 bytes", join(i32Const(0), i32Const(1), i32Const(8000), []byte{0xfc, 11, 0}), 5 + 1000},
		{"copy of 8000 bytes", join(i32Const(0), i32Const(9), i32Const(8000), []byte{0xfc, 10, 0, 0}), 5 + 1000},
		{"a page more", join(i32Const(1), []byte{0x40, 0}, drop), 4 + 256},
	} {
		o := call(t, program(nil, c.code))
		if o.err != nil || o.used != c.used {
			t.Errorf("%s: used %d, not %d; %v", c.name, o.used, c.used, o.err)
		}
		if o.stack != meter.StackMax {
			t.Errorf("%s: %d slots of the stack are gone", c.name, meter.StackMax-o.stack)
		}
	}
}

func TestEndless(t *testing.T) {
	for name, code := range map[string][]byte{
		"loop":           {0x03, 0x40, 0x0c, 0, 0x0b},
		"loop in a loop": {0x03, 0x40, 0x03, 0x40, 0x0c, 1, 0x0b, 0x0b},
		"loop by table":  join([]byte{0x03, 0x40}, i32Const(0), []byte{0x0e, 0, 0, 0x0b}),
		"fills":          join([]byte{0x03, 0x40}, i32Const(0), i32Const(1), i32Const(65536), []byte{0xfc, 11, 0, 0x0c, 0, 0x0b}),
	} {
		o := call(t, program(nil, code))
		if o.err == nil || o.used <= fuel {
			t.Errorf("%s: used %d, %v", name, o.used, o.err)
		}
	}
}

// TestRecursion ends at the meter's bound, long before the runtime's.
func TestRecursion(t *testing.T) {
	for name, code := range map[string][]byte{
		"call":          {0x10, 0},
		"call_indirect": join(i32Const(0), []byte{0x11, 0, 0}),
		"with operands": join(bytes.Repeat(i32Const(7), 2000), []byte{0x10, 0}, bytes.Repeat([]byte{0x1a}, 2000)),
	} {
		o := call(t, program(nil, code))
		if o.err == nil || o.stack >= 0 || o.used > fuel {
			t.Errorf("%s: used %d, %d slots left, %v", name, o.used, o.stack, o.err)
		}
	}
}

func TestMemory(t *testing.T) {
	grow := func(pages int) []byte { return join(i32Const(pages), []byte{0x40, 0}) }
	for _, c := range []struct {
		name    string
		code    []byte
		result  uint32
		pages   uint32
		refused bool
	}{
		{"to the cap", grow(3), 1, 4, false},
		{"beyond the cap", grow(4), math.MaxUint32, 1, true},
		{"by a number that looks negative", grow(-1), math.MaxUint32, 1, true},
		{"in two steps", join(grow(2), []byte{0x1a}, grow(2)), math.MaxUint32, 3, true},
	} {
		o := call(t, program([]byte{i32}, c.code))
		if o.err != nil || uint32(o.results[0]) != c.result || o.pages != c.pages || o.refused != c.refused {
			t.Errorf("%s: %+v", c.name, o)
		}
	}
}

// TestNaN makes NaNs in all ways and looks at their bits.
func TestNaN(t *testing.T) {
	zero32, zero64 := []byte{0x43, 0, 0, 0, 0}, append([]byte{0x44}, make([]byte, 8)...)
	odd32 := []byte{0x43, 1, 0, 0xa0, 0xff} // a signalling NaN with a sign and a payload
	for name, code := range map[string][]byte{
		"div":     join(zero32, zero32, []byte{0x95}),
		"sqrt":    join([]byte{0x43, 0, 0, 0x80, 0xbf, 0x91}),
		"add":     join(odd32, zero32, []byte{0x92}),
		"min":     join(zero32, odd32, []byte{0x96}),
		"ceil":    join(odd32, []byte{0x8d}),
		"demote":  join(zero64, zero64, []byte{0xa3, 0xb6}),
		"nearest": join(odd32, []byte{0x90}),
	} {
		o := call(t, program([]byte{i32}, join(code, []byte{0xbc}))) // i32.reinterpret_f32
		if o.err != nil || uint32(o.results[0]) != 0x7fc00000 {
			t.Errorf("%s: %x, %v", name, o.results, o.err)
		}
	}
	for name, code := range map[string][]byte{
		"div":     join(zero64, zero64, []byte{0xa3}),
		"promote": join(odd32, []byte{0xbb}),
		"mul":     join(odd32, []byte{0xbb}, zero64, []byte{0xa2}),
	} {
		o := call(t, program([]byte{i64}, join(code, []byte{0xbd})))
		if o.err != nil || o.results[0] != 0x7ff8000000000000 {
			t.Errorf("%s: %x, %v", name, o.results, o.err)
		}
	}
	// Numbers stay what they are, and so do the bits that only move.
	o := call(t, program([]byte{i32}, join([]byte{0x43, 0, 0, 0x80, 0x40, 0x91, 0xbc})))
	if math.Float32frombits(uint32(o.results[0])) != 2 {
		t.Errorf("the root of 4 is %x", o.results)
	}
	if o := call(t, program([]byte{i32}, join(odd32, []byte{0x8c, 0xbc}))); uint32(o.results[0]) != 0x7fa00001 {
		t.Errorf("neg of a NaN is %x", o.results)
	}
}

// TestStart calls the start function only when fuel is there.
func TestStart(t *testing.T) {
	module := join([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, list(signature(nil, nil), signature(nil, []byte{i32}))),
		section(3, list([]byte{0}, []byte{1})),
		section(6, list([]byte{i32, 1, 0x41, 5, 0x0b})),
		section(7, list(join(text("run"), []byte{0, 1}))),
		section(8, uleb(0)),
		section(10, list(body(i32Const(77), []byte{0x24, 0}), body([]byte{0x23, 0}))))
	if o := call(t, module); o.err != nil || o.results[0] != 77 {
		t.Errorf("the global is %v, %v", o.results, o.err)
	}
}

func TestRefused(t *testing.T) {
	head := []byte("\x00asm\x01\x00\x00\x00")
	types := section(1, list(signature(nil, nil)))
	for name, c := range map[string]struct {
		module []byte
		want   string
	}{
		"empty":             {nil, "does not begin"},
		"cut":               {program(nil)[:30], "too early"},
		"fuel is read":      {program(nil, []byte{0x23, 1, 0x1a}), "no global 1"},
		"fuel is written":   {program(nil, []byte{0x42, 0, 0x24, 1}), "no global 1"},
		"vector":            {program(nil, []byte{0xfd, 0x0c}), "not deterministic"},
		"atomic":            {program(nil, []byte{0xfe, 0x03, 0}), "not deterministic"},
		"tail call":         {program(nil, []byte{0x12, 0}), "not deterministic"},
		"unknown bulk":      {program(nil, []byte{0xfc, 18}), "not known"},
		"call to nothing":   {program(nil, []byte{0x10, 9}), "no function 9"},
		"second memory":     {program(nil, []byte{0x3f, 1, 0x1a}), "several memories"},
		"imported memory":   {join(head, types, section(2, list(join(text("env"), text("memory"), []byte{2, 0, 1})))), "no function"},
		"sections twice":    {join(head, types, types), "twice"},
		"sections in order": {join(head, section(3, list([]byte{0})), types), "out of order"},
		"large table":       {join(head, section(4, list(join([]byte{0x70, 0}, uleb(2<<20))))), "entries"},
		"our name":          {join(head, types, section(3, list([]byte{0})), section(7, list(join(text("ayni.fuel"), []byte{0, 0}))), section(10, list(body()))), "are taken"},
		"our global":        {join(head, section(7, list(join(text("x"), []byte{3, 0})))), "no global 0"},
		"many locals":       {join(head, types, section(3, list([]byte{0})), section(10, list(join([]byte{6, 1}, uleb(1<<20), []byte{i32, 0x0b})))), "locals"},
		"no code":           {join(head, types, section(3, list([]byte{0}))), "no code"},
		"code after end":    {program(nil, []byte{0x0b, 0x01}), "follows"},
		"no end":            {program(nil, []byte{0x02, 0x40}), "no end"},
		"huge vector":       {join(head, section(1, []byte{0xff, 0xff, 0xff, 0xff, 0x0f})), "too early"},
		"number too long":   {join(head, section(1, []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x00})), "too long"},
	} {
		_, err := meter.Instrument(c.module)
		if !errors.Is(err, meter.ErrModule) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzInstrument holds that what the runtime takes it also takes when instrumented, and that it is still bounded.
func FuzzInstrument(f *testing.F) {
	f.Add(program(nil))
	f.Add(program([]byte{i32}, i32Const(4), []byte{0x40, 0}))
	f.Add(program(nil, []byte{0x03, 0x40, 0x0c, 0, 0x0b}))
	f.Add(program(nil, []byte{0x02, 0x40}, i32Const(1), []byte{0x0d, 0, 0x01, 0x0b}))
	f.Add(program([]byte{f64}, join([]byte{0x43, 0, 0, 0x80, 0xbf, 0x91, 0xbb})))
	f.Add(program(nil, join(i32Const(0), i32Const(9), i32Const(80), []byte{0xfc, 10, 0, 0})))
	f.Fuzz(func(t *testing.T, code []byte) {
		m, err := meter.Instrument(code)
		if err != nil {
			if !errors.Is(err, meter.ErrModule) {
				t.Fatal(err)
			}
			return
		}
		ctx := context.Background()
		features := api.CoreFeaturesV2.SetEnabled(api.CoreFeatureSIMD, false)
		r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(features).WithMemoryLimitPages(pagesCap))
		defer func() { _ = r.Close(ctx) }()
		if _, err := r.CompileModule(ctx, code); err != nil {
			return
		}
		compiled, err := r.CompileModule(ctx, m.Code)
		if err != nil {
			t.Fatalf("instrumented it is no module: %v", err)
		}
		if len(m.Imports) > 0 {
			return
		}
		mod, err := r.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithStartFunctions())
		if err != nil {
			return
		}
		mod.ExportedGlobal(meter.Fuel).(api.MutableGlobal).Set(10_000)
		mod.ExportedGlobal(meter.Stack).(api.MutableGlobal).Set(10_000)
		mod.ExportedGlobal(meter.Pages).(api.MutableGlobal).Set(2)
		if run := mod.ExportedFunction("run"); run != nil && len(run.Definition().ParamTypes()) == 0 {
			_, _ = run.Call(ctx) // it ends
		}
	})
}
