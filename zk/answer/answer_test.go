package answer_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"ayni.example/zk/answer"
	"ayni.example/zk/circuit/circuittest"
	"ayni.example/zk/prover"
	"ayni.example/zk/soundness"
)

// proved is an answer of a small network, with the default parameters.
func proved(tb testing.TB) *answer.Answer {
	tb.Helper()
	m := circuittest.MLP(rand.New(rand.NewPCG(1, 2)), 2, 16)
	plan, err := prover.Search(m.Circuit, soundness.Goal{})
	if err != nil {
		tb.Fatal(err)
	}
	model, err := prover.New(prover.Config{Circuit: m.Circuit, Weights: m.Weights, Parameters: plan.Parameters})
	if err != nil {
		tb.Fatal(err)
	}
	a := &answer.Answer{
		Circuit: m.Circuit, Root: model.Root(), Parameters: plan.Parameters, Binding: []byte("who asked"), Input: m.Inputs,
		Use: answer.Use{Chain: "ayni-test", Submitter: []byte{1, 2, 3}, Context: []byte("item 7"), Nonce: 9},
	}
	if a.Proof, a.Output, err = model.Prove(a.Binding, a.Input); err != nil {
		tb.Fatal(err)
	}
	return a
}

func TestFile(t *testing.T) {
	raw := proved(t).Encode()
	a, err := answer.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !answer.Is(raw) || !bytes.Equal(a.Encode(), raw) {
		t.Error("the file is not canonical")
	}
	table, err := a.Verify(0)
	if err != nil || table.Bits() < soundness.Default {
		t.Errorf("%d bits: %v", table.Bits(), err)
	}
	if _, err := a.Verify(128); !errors.Is(err, answer.ErrWeak) {
		t.Errorf("128 bits: %v", err)
	}
	if a.Use.Nonce != 9 || a.Use.Chain != "ayni-test" || string(a.Use.Context) != "item 7" {
		t.Errorf("use %+v", a.Use)
	}
}

// TestChanged flips bits all over the file: it must not decode, or not verify, but for the use, which no proof speaks of itself.
func TestChanged(t *testing.T) {
	raw := proved(t).Encode()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		at, bit := r.IntN(len(raw)), byte(1)<<r.IntN(8)
		changed := bytes.Clone(raw)
		changed[at] ^= bit
		a, err := answer.Decode(changed)
		if err != nil {
			continue
		}
		if _, err := a.Verify(0); err == nil && !inUse(raw, at) {
			t.Errorf("seed %d: bit %d of byte %d changes nothing", seed, bit, at)
		}
	}
	for n := range 100 {
		if _, err := answer.Decode(raw[:n*len(raw)/100]); err == nil {
			t.Errorf("%d bytes of %d were taken", n*len(raw)/100, len(raw))
		}
	}
}

// inUse tells whether a byte is of the use: chain, submitter, context or nonce, which lie behind the binding.
func inUse(raw []byte, at int) bool {
	from := bytes.Index(raw, []byte("who asked")) + len("who asked")
	return at >= from && at < from+4+len("ayni-test")+4+3+4+len("item 7")+4+8
}

func TestSplit(t *testing.T) {
	m := circuittest.MLP(rand.New(rand.NewPCG(1, 2)), 2, 16)
	flat := answer.Flat(m.Inputs)
	again, err := answer.Split(m.Circuit, m.Circuit.Inputs(), flat)
	if err != nil || len(again) != len(m.Inputs) || len(again[0]) != len(m.Inputs[0]) {
		t.Errorf("%v: %v", again, err)
	}
	for _, wrong := range [][]int32{flat[1:], append(flat, 0)} {
		if _, err := answer.Split(m.Circuit, m.Circuit.Inputs(), wrong); err == nil {
			t.Errorf("%d integers were taken", len(wrong))
		}
	}
}

// FuzzDecode takes any bytes: an error, or a file that is written again as it was.
func FuzzDecode(f *testing.F) {
	raw := proved(f).Encode()
	f.Add(raw)
	f.Add(raw[:60])
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := answer.Decode(raw)
		if err == nil && !bytes.Equal(a.Encode(), raw) {
			t.Fatal("written differently")
		}
	})
}
