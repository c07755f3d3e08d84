package verifier_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/zk/circuit/circuittest"
	"ayni.example/zk/commit"
	"ayni.example/zk/prover"
	"ayni.example/zk/verifier"
)

// reasons is the closed list.
var reasons = []error{
	verifier.ErrStatement, verifier.ErrParameters, verifier.ErrLinear, verifier.ErrProduct, verifier.ErrPublic, verifier.ErrZero,
	verifier.ErrFractions, verifier.ErrLeaves, verifier.ErrWitness, verifier.ErrWeights, verifier.ErrOpening, verifier.ErrLength,
}

func listed(err error) bool { return order(err) >= 0 }

// order is where the reason of an error stands in the list, or -1.
func order(err error) int {
	return slices.IndexFunc(reasons, func(reason error) bool { return errors.Is(err, reason) })
}

type section struct {
	name string
	end  int
}

// proven is the proof of a model's inputs, and where its sections end.
func proven(tb testing.TB, m circuittest.Model) (verifier.Statement, []byte, []section) {
	tb.Helper()
	p := commit.Parameters{
		Weights: commit.Code{Columns: 5, InverseRate: 4, Queries: 8}, Witness: commit.Code{Columns: 5, InverseRate: 4, Queries: 8},
		Grinding: 2, Levels: []commit.Level{{Rows: 2, InverseRate: 4, Queries: 8}},
	}
	var sections []section
	hear := func(name string, length int) { sections = append(sections, section{name, length}) }
	model, err := prover.New(prover.Config{Circuit: m.Circuit, Weights: m.Weights, Parameters: p, Progress: hear})
	if err != nil {
		tb.Fatal(err)
	}
	proof, output, err := model.Prove([]byte("binding"), m.Inputs)
	if err != nil {
		tb.Fatal(err)
	}
	s := verifier.Statement{
		Circuit: m.Circuit, Weights: model.Root(), Parameters: p, Binding: []byte("binding"), Input: m.Inputs, Output: output,
	}
	if err := verifier.Verify(s, proof); err != nil {
		tb.Fatal(err)
	}
	return s, proof, sections
}

// everything is a small circuit with each kind of step.
func everything(r *rand.Rand) circuittest.Model {
	b := circuittest.NewBuilder(r, 6)
	x := b.Input(0, 255, 2, 6, 6)
	term, axes := b.Conv([]int{x}, 3, 20, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1})
	y := b.Step(circuittest.ReLU, axes, term, b.Bias(3, 100))
	z := b.MaxPool([]int{y}, [2]int{2, 2}, [2]int{2, 2})
	h := b.Step(circuittest.ReLU, []int{5}, b.Dense([]int{z}, 5, 20), b.Bias(5, 100))
	b.Answer([]int{3}, b.Dense([]int{h}, 3, 20), b.Bias(3, 100))
	b.Forest(b.Input(0, 255, 3, 5), 4, 3, 8, 2)
	return b.Model
}

// TestSectionsRefused changes bits of each message: the section that is named is that of the message or a later one.
func TestSectionsRefused(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	s, proof, sections := proven(t, everything(r))
	// What a change of a section breaks first; where a value is multiplied by zero it may be what comes later.
	first := map[string]error{
		"commitment": verifier.ErrLinear, "steps": verifier.ErrLinear, "products": verifier.ErrProduct, "zero checks": verifier.ErrZero,
		"lookups": verifier.ErrFractions, "witness": verifier.ErrWitness, "weights": verifier.ErrWeights, "opening": verifier.ErrOpening,
	}
	start := 0
	for _, section := range sections {
		stride := max(1, (section.end-start)/150)
		for i := start; i < section.end; i += stride {
			changed := bytes.Clone(proof)
			changed[i] ^= 1 << r.IntN(8)
			err := verifier.Verify(s, changed)
			if !errors.Is(err, verifier.ErrPublic) && order(err) < order(first[section.name]) {
				t.Errorf("seed %d: byte %d of %s changed: %v", seed, i-start, section.name, err)
			}
		}
		start = section.end
	}
	for n := 0; n < len(proof); n += 1 + len(proof)/200 {
		if err := verifier.Verify(s, proof[:n]); !listed(err) {
			t.Errorf("%d of %d bytes: %v", n, len(proof), err)
		}
	}
	if err := verifier.Verify(s, append(bytes.Clone(proof), 0)); !errors.Is(err, verifier.ErrLength) {
		t.Errorf("a byte more: %v", err)
	}
}

// TestStatementsRefused changes what is claimed under a proof.
func TestStatementsRefused(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	m := everything(r)
	good, proof, _ := proven(t, m)
	for name, change := range map[string]func(s *verifier.Statement){
		"root":               func(s *verifier.Statement) { s.Weights[31] ^= 1 },
		"binding":            func(s *verifier.Statement) { s.Binding = []byte("Binding") },
		"no binding":         func(s *verifier.Statement) { s.Binding = nil },
		"input":              func(s *verifier.Statement) { s.Input = changed(s.Input, 0, 7) },
		"input of forest":    func(s *verifier.Statement) { s.Input = changed(s.Input, 1, 3) },
		"output":             func(s *verifier.Statement) { s.Output = changed(s.Output, 0, 2) },
		"score":              func(s *verifier.Statement) { s.Output = changed(s.Output, 1, 5) },
		"input out of range": func(s *verifier.Statement) { s.Input = append([][]int32{}, s.Input...); s.Input[0] = make([]int32, 3) },
		"no output":          func(s *verifier.Statement) { s.Output = nil },
		"queries":            func(s *verifier.Statement) { s.Parameters.Weights.Queries-- },
		"grinding":           func(s *verifier.Statement) { s.Parameters.Grinding = 0 },
		"levels":             func(s *verifier.Statement) { s.Parameters.Levels = nil },
		"columns":            func(s *verifier.Statement) { s.Parameters.Witness.Columns++ },
		"rate":               func(s *verifier.Statement) { s.Parameters.Weights.InverseRate = 3 },
		"factor": func(s *verifier.Statement) {
			c := *s.Circuit
			c.Operations = append(c.Operations[:0:0], c.Operations...)
			linear := *c.Operations[0].Linear
			linear.Factor++
			c.Operations[0].Linear = &linear
			s.Circuit = &c
		},
		"table": func(s *verifier.Statement) {
			c := *s.Circuit
			c.Tables = append(c.Tables[:0:0], c.Tables...)
			c.Tables[0].Values = append(c.Tables[0].Values[:0:0], c.Tables[0].Values...)
			c.Tables[0].Values[3] ^= 1
			s.Circuit = &c
		},
		"shift": func(s *verifier.Statement) {
			c := *s.Circuit
			c.Shift++
			s.Circuit = &c
		},
		"base": func(s *verifier.Statement) {
			c := *s.Circuit
			c.Operations = append(c.Operations[:0:0], c.Operations...)
			forest := *c.Operations[len(c.Operations)-1].Forest
			forest.Base = append([]int32{forest.Base[0] + 1}, forest.Base[1:]...)
			c.Operations[len(c.Operations)-1].Forest = &forest
			s.Circuit = &c
		},
	} {
		s := good
		change(&s)
		if err := verifier.Verify(s, proof); !listed(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func changed(values [][]int32, tensor, at int) [][]int32 {
	list := append([][]int32{}, values...)
	list[tensor] = append([]int32{}, list[tensor]...)
	list[tensor][at] ^= 1
	return list
}

// FuzzVerify holds that no proof makes the verifier panic, and that none but the proof itself is accepted.
func FuzzVerify(f *testing.F) {
	s, proof, sections := proven(f, everything(rand.New(rand.NewPCG(1, 2))))
	f.Add(uint16(0), []byte{}, uint16(0))
	f.Add(uint16(0), []byte{}, uint16(len(proof)))
	f.Add(uint16(len(proof)), []byte{0}, uint16(0))
	for _, s := range sections {
		f.Add(uint16(s.end), proof[s.end:min(s.end+8, len(proof))], uint16(8))
		f.Add(uint16(s.end), []byte{1}, uint16(1))
	}
	f.Fuzz(func(t *testing.T, at uint16, in []byte, out uint16) { // bytes for bytes of the proof, so that what is tried stays small
		from := min(int(at), len(proof))
		junk := slices.Replace(bytes.Clone(proof), from, min(from+int(out), len(proof)), in...)
		if err := verifier.Verify(s, junk); err == nil != bytes.Equal(junk, proof) || err != nil && !listed(err) {
			t.Fatal(err)
		}
	})
}

// TestTallMatrixRefused asks about weights in more rows than are ever opened, before any proof is read.
func TestTallMatrixRefused(t *testing.T) {
	m := circuittest.MLP(rand.New(rand.NewPCG(1, 2)), 2, 256)
	p := commit.Parameters{
		Weights: commit.Code{Columns: 3, InverseRate: 4, Queries: 8}, Witness: commit.Code{Columns: 5, InverseRate: 4, Queries: 8},
	}
	_, cost := verifier.Cost(m.Circuit, p)
	_, sound := verifier.Soundness(m.Circuit, p)
	s := verifier.Statement{Circuit: m.Circuit, Parameters: p, Input: m.Inputs, Output: [][]int32{make([]int32, 256)}}
	for name, err := range map[string]error{"cost": cost, "soundness": sound, "verify": verifier.Verify(s, nil)} {
		if !errors.Is(err, verifier.ErrParameters) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
