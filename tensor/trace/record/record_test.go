package record_test

import (
	"math"
	"math/rand"
	"slices"
	"testing"
	"time"

	"ayni.example/tensor"
	"ayni.example/tensor/grad"
	"ayni.example/tensor/trace"
	"ayni.example/tensor/trace/record"
)

// training is a trainer beside the plan that says what it will do.
type training struct {
	shape   trace.Shape
	program *trace.Program
	plan    *record.Plan
	model   *grad.Model
	trainer *grad.Trainer
	windows [][][]int32 // of each step
	cfg     grad.Config
}

const (
	rate  = 3e-3
	steps = 3
)

// begin makes a small training. Tokens repeat within a step, so that rows of the embedding get several gradients.
func begin(tb testing.TB, s trace.Shape, seed int64) *training {
	tb.Helper()
	t := &training{shape: s}
	cfg := grad.DefaultConfig()
	cfg.MaxNorm, cfg.MicroTokens = math.Float64frombits(s.Clip), s.Length // several groups
	var err error
	t.model, err = grad.New(grad.Shape{
		Vocab: s.Vocab, Context: s.Length, Width: s.Width, Layers: s.Layers, Heads: s.Heads, KVHeads: s.KVHeads, HeadSize: s.HeadSize,
		Inner: s.Inner, Base: 10000, Eps: math.Float32frombits(s.Eps), Untied: s.Untied,
	}, uint64(seed))
	if err != nil {
		tb.Fatal(err)
	}
	if t.trainer, err = grad.NewTrainer(t.model, tensor.NewPool(2), cfg); err != nil {
		tb.Fatal(err)
	}
	if t.program, err = trace.NewProgram(s); err != nil {
		tb.Fatal(err)
	}
	r := rand.New(rand.NewSource(seed))
	for range steps {
		windows := make([][]int32, s.Windows)
		for i := range windows {
			for range s.Length + 1 {
				windows[i] = append(windows[i], int32(r.Intn(s.Vocab)))
			}
		}
		t.windows = append(t.windows, windows)
	}
	t.cfg = cfg
	t.plan = t.newPlan(tb)
	return t
}

func (t *training) newPlan(tb testing.TB) *record.Plan {
	tb.Helper()
	plan, err := record.NewPlan(record.PlanConfig{
		Program: t.program, Rotary: tensor.NewRotary(t.shape.HeadSize, 10000, 1, nil), Steps: steps,
		Inputs: func(step uint64) (record.Inputs, error) {
			return record.Inputs{Windows: t.windows[step], Factors: factors(t.cfg, step)}, nil
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return plan
}

func factors(c grad.Config, step uint64) [trace.FactorCount]uint32 {
	f := tensor.AdamW{Rate: rate, Beta1: c.Beta1, Beta2: c.Beta2, Eps: c.Eps, Decay: c.Decay, Step: int(step) + 1}.Factors()
	var out [trace.FactorCount]uint32
	for i, v := range []float32{f.Beta1, f.Take1, f.Beta2, f.Take2, f.Eps, f.Keep, f.Step, f.Root, 1} {
		out[i] = math.Float32bits(v)
	}
	return out
}

// state is a copy of the trainer's.
func (t *training) state() [][]float32 {
	list := make([][]float32, 0, t.program.State())
	moments := t.trainer.State()
	for i, p := range t.model.Params() {
		list = append(list, slices.Clone(p.Data), slices.Clone(moments.First[i]), slices.Clone(moments.Second[i]))
	}
	return list
}

// advance makes a step with the trainer.
func (t *training) advance(tb testing.TB, step int) {
	tb.Helper()
	if _, err := t.trainer.Accumulate(t.windows[step]); err != nil {
		tb.Fatal(err)
	}
	if _, err := t.trainer.Apply(rate); err != nil {
		tb.Fatal(err)
	}
}

func (t *training) record(tb testing.TB, step int, before *record.State) *record.Trace {
	tb.Helper()
	return t.recordWith(tb, 2, step, before)
}

func (t *training) recordWith(tb testing.TB, threads, step int, before *record.State) *record.Trace {
	tb.Helper()
	tr, err := record.Step(record.Config{Pool: tensor.NewPool(threads), Plan: t.plan, Step: uint64(step), Before: before})
	if err != nil {
		tb.Fatal(err)
	}
	return tr
}

func (t *training) commit(tb testing.TB, data [][]float32) *record.State {
	tb.Helper()
	return t.commitWith(tb, tensor.NewPool(2), data)
}

func (t *training) commitWith(tb testing.TB, pool *tensor.Pool, data [][]float32) *record.State {
	tb.Helper()
	s, err := record.NewState(pool, t.program, data)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

const (
	clipped   = 0x3f847ae147ae147b // 0.01: always
	unclipped = 0x7ff0000000000000
	epsilon   = 0x3727c5ac // 1e-5
)

// shapes cover what a shape may be.
func shapes() map[string]trace.Shape {
	base := trace.Shape{
		Layers: 2, Width: 64, Heads: 2, KVHeads: 1, HeadSize: 32, Inner: 96, Vocab: 80, Windows: 2, Length: 64,
		Eps: epsilon, Clip: clipped,
	}
	with := func(change func(s *trace.Shape)) trace.Shape {
		s := base
		change(&s)
		return s
	}
	return map[string]trace.Shape{
		"grouped":   base,
		"untied":    with(func(s *trace.Shape) { s.Untied, s.Clip = true, unclipped }),
		"ragged":    with(func(s *trace.Shape) { s.Width, s.Inner, s.Vocab, s.Length = 40, 50, 45, 32 }),
		"odd tiles": with(func(s *trace.Shape) { s.Length, s.Windows, s.Heads, s.KVHeads = 96, 3, 4, 2 }),
		"long":      with(func(s *trace.Shape) { s.Length, s.Windows, s.HeadSize, s.KVHeads = 128, 1, 64, 2 }),
		"narrow":    with(func(s *trace.Shape) { s.Width, s.Layers, s.Inner, s.Vocab, s.Heads = 7, 1, 5, 3, 1 }),
		"wide head": with(func(s *trace.Shape) { s.HeadSize, s.Layers, s.Length, s.Windows = 128, 1, 32, 33 }),
	}
}

// The state after each recorded step is the trainer's, bit for bit, and every step is recorded from the one before it.
func TestTrainer(t *testing.T) {
	for name, s := range shapes() {
		t.Run(name, func(t *testing.T) {
			seed := time.Now().UnixNano()
			t.Logf("seed %d", seed)
			tr := begin(t, s, seed)
			state := tr.commit(t, tr.state())
			for step := range steps {
				tr.advance(t, step)
				rec := tr.record(t, step, state)
				if !rec.Finite() {
					t.Fatal("a tensor is not finite")
				}
				compare(t, tr, rec.After().Tensors(), tr.state())
				state = rec.After()
				if want := tr.commit(t, tr.state()).Root(); state.Root() != want {
					t.Fatalf("step %d: the root is %x, want %x", step, state.Root(), want)
				}
			}
		})
	}
}

func compare(t *testing.T, tr *training, got, want [][]float32) {
	t.Helper()
	for i := range want {
		for j := range want[i] {
			if math.Float32bits(got[i][j]) != math.Float32bits(want[i][j]) {
				t.Fatalf("%s[%d] is %v, the trainer has %v", tr.program.Before(i).Name, j, got[i][j], want[i][j])
			}
		}
	}
}

// Every chunk of every tile, computed by integers from opened operands whose paths lead to the roots, makes the recorded tile.
// Of larger shapes some tiles are drawn.
func TestCompute(t *testing.T) {
	for name, s := range shapes() {
		t.Run(name, func(t *testing.T) {
			seed := time.Now().UnixNano()
			t.Logf("seed %d", seed)
			tr := begin(t, s, seed)
			tr.advance(t, 0) // so that moments are not zero
			rec := tr.record(t, 1, tr.commit(t, tr.state()))
			most := 2
			if name == "ragged" && !testing.Short() {
				most = math.MaxInt
			}
			checkTiles(t, tr.program, rec, rand.New(rand.NewSource(seed)), most)
		})
	}
}

func checkTiles(t *testing.T, p *trace.Program, rec *record.Trace, r *rand.Rand, most int) {
	t.Helper()
	for i := range p.Operations() {
		tiles := r.Perm(p.Tiles(i))
		for _, tile := range tiles[:min(most, len(tiles))] {
			checkTile(t, p, rec, i, tile)
		}
	}
}

func checkTile(t *testing.T, p *trace.Program, rec *record.Trace, i, tile int) {
	t.Helper()
	o := p.Operations()[i]
	var carry []uint32
	for chunk := range p.Chunks(i, tile) {
		list, err := p.Operands(i, tile, chunk)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > trace.MaxOperands {
			t.Fatalf("%s reads %d tiles", o.Kind, len(list))
		}
		var in [][]uint32
		for _, at := range list {
			opening, err := rec.Open(at)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Verify(at, rec.Roots(), opening); err != nil {
				t.Fatalf("%s of %s: %v", o.Kind, o.Output.Name, err)
			}
			if at.Source == trace.After || at.Source == trace.Intermediate && at.Tensor >= i {
				t.Fatalf("%s of %s reads what is made later", o.Kind, o.Output.Name)
			}
			in = append(in, opening.Words)
		}
		if carry, err = p.Compute(i, tile, chunk, carry, in); err != nil {
			t.Fatal(err)
		}
	}
	want, err := rec.Tile(i, tile)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(carry, want) {
		for j := range want {
			if carry[j] != want[j] {
				t.Fatalf("%s, tile %d of %s: number %d is %#x by integers, %#x by the kernels", o.Kind, tile, o.Output.Name, j, carry[j], want[j])
			}
		}
		t.Fatalf("%s, tile %d of %s: %d words, want %d", o.Kind, tile, o.Output.Name, len(carry), len(want))
	}
}
