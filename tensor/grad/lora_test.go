package grad_test

import (
	"math"
	"slices"
	"testing"

	"ayni.example/tensor"
	"ayni.example/tensor/grad"
)

func TestAdaptersTrainAloneAndMerge(t *testing.T) {
	s := shapes()["all"]
	m, err := grad.New(s, 1)
	if err != nil {
		t.Fatal(err)
	}
	pool := tensor.NewPool(1)
	text := sequences(s.Vocab, 1, 50)[0]
	before, err := m.Score(pool, text)
	if err != nil {
		t.Fatal(err)
	}
	base := make([][]float32, len(m.Params()))
	for i, p := range m.Params() {
		base[i] = slices.Clone(p.Data)
	}
	if err := m.AddLoRA(grad.LoRA{Rank: 4, Alpha: 8, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	if got, err := m.Score(pool, text); err != nil || !slices.Equal(got, before) {
		t.Errorf("new adapters changed a score (%v)", err)
	}
	tr, err := grad.NewTrainer(m, pool, grad.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	first, last := 0.0, 0.0
	for i := range 25 {
		last, _ = step(t, tr, sequences(s.Vocab, 4, 50), 0.02)
		if i == 0 {
			first = last
		}
	}
	if last > first-0.5 {
		t.Errorf("loss went from %v to %v", first, last)
	}
	for i, w := range base {
		if !slices.Equal(m.Params()[i].Data, w) {
			t.Fatalf("%s changed though it is frozen", m.Params()[i].Name)
		}
	}
	adapted, err := m.Score(pool, text)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Merge(); err != nil {
		t.Fatal(err)
	}
	merged, err := m.Score(pool, text)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range merged {
		if math.Abs(float64(v-adapted[i])) > 1e-3 {
			t.Fatalf("token %d: merged %v, adapted %v", i, v, adapted[i])
		}
	}
	if _, err := tr.Accumulate([][]int32{text}); err == nil {
		t.Error("a trainer of adapters that are gone went on")
	}
	if len(m.Params()) != len(base) || m.Params()[1].Frozen {
		t.Error("a merged model has adapters or frozen parameters")
	}
}

func TestBadAdapters(t *testing.T) {
	m, err := grad.New(tiny(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Merge(); err == nil {
		t.Error("merged without adapters")
	}
	for name, l := range map[string]grad.LoRA{
		"rank": {Rank: 0, Alpha: 1}, "alpha": {Rank: 1}, "target": {Rank: 1, Alpha: 1, Targets: []string{"output"}},
		"no target": {Rank: 1, Alpha: 1, Targets: []string{}},
	} {
		if err := m.AddLoRA(l); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	good := grad.LoRA{Rank: 1, Alpha: 1}
	if err := m.AddLoRA(good); err != nil {
		t.Fatal(err)
	}
	if err := m.AddLoRA(good); err == nil {
		t.Error("adapters twice")
	}
}
