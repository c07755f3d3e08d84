package commit_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/poly"
	"ayni.example/zk/transcript"
)

// known are the errors that Verify may give for the bytes of a proof.
func known(err error) bool {
	for _, e := range []error{commit.ErrRoot, commit.ErrSum, transcript.ErrShort, transcript.ErrLong, transcript.ErrGrind, field.ErrEncoding} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func hostile(tb testing.TB) *setting {
	tb.Helper()
	return newSetting(tb, commit.Parameters{
		Weights: code(5, 4, 10, 16), Witness: code(4, 8, 8, 8), Grinding: 6, Levels: levels([3]uint32{1, 4, 7}, [3]uint32{2, 8, 5}),
	}, 120, 40, 3)
}

func TestEachChangedByteIsRefused(t *testing.T) {
	changedBytes(t, hostile(t))
}

// TestEachChangedByteIsRefusedInProfile2 has nonces long enough that none of the changed ones is right by chance.
func TestEachChangedByteIsRefusedInProfile2(t *testing.T) {
	p := hostile(t).parameters
	p.Draws = commit.Draws{Rounds: 15, Keys: 15, Folds: 15}
	changedBytes(t, newSetting(t, p, 120, 40, 3))
}

func changedBytes(t *testing.T, s *setting) {
	t.Helper()
	proof := s.prove(t)
	for i := range proof {
		for _, bit := range []byte{1, 0x80} {
			changed := bytes.Clone(proof)
			changed[i] ^= bit
			if err := s.verify(changed); !known(err) {
				t.Fatalf("byte %d of %d: %v", i, len(proof), err)
			}
		}
	}
	for n := range proof {
		if err := s.verify(proof[:n]); !known(err) {
			t.Fatalf("%d bytes of %d: %v", n, len(proof), err)
		}
	}
	refused(t, "a byte more", s.verify(append(bytes.Clone(proof), 0)), transcript.ErrLong)
}

// TestSectionsAreNamed changes the first byte of each section of a proof.
func TestSectionsAreNamed(t *testing.T) {
	s := hostile(t)
	proof := s.prove(t)
	at := 0
	section := func(name string, length int, want error, message string, element bool) {
		t.Helper()
		changed := bytes.Clone(proof)
		changed[at] ^= 1
		err := s.verify(changed)
		refused(t, name, err, want)
		if err != nil && !bytes.Contains([]byte(err.Error()), []byte(message)) {
			t.Errorf("%s: %q does not say %q", name, err, message)
		}
		high := bytes.Clone(proof)
		binary.LittleEndian.PutUint32(high[at:], field.P)
		if element {
			refused(t, name+" not canonical", s.verify(high), field.ErrEncoding)
		}
		at += length
	}
	// A message changes what is drawn after it: columns are then not those of the root.
	section("mask of the weights", 16, transcript.ErrGrind, "nonce", true)
	section("mask of the witness", 16, transcript.ErrGrind, "nonce", true)
	section("root of level 0", 32, transcript.ErrGrind, "nonce", false)
	section("nonce", 8, transcript.ErrGrind, "nonce", false)
	section("columns", 4, commit.ErrRoot, "columns of weights", false)
}

// TestColumnsThatAreNotCanonical commits to bytes that no encoder writes.
func TestColumnsThatAreNotCanonical(t *testing.T) {
	s := hostile(t)
	witness := s.openings[1].Commitment
	words := witness.Words()
	for i := range words {
		words[i][0] += field.P // below 2^32, as 2p is
	}
	witness.Rehash()
	s.statement[1].Root = witness.Root()
	err := s.verify(s.prove(t))
	refused(t, "p and more", err, field.ErrEncoding)
	if err != nil && !bytes.Contains([]byte(err.Error()), []byte("columns of witness")) {
		t.Errorf("%q names no columns", err)
	}
}

// TestOtherParametersAreRefused lets the verifier expect something else than the prover wrote.
func TestOtherParametersAreRefused(t *testing.T) {
	s := hostile(t)
	proof, honest := s.prove(t), s.parameters
	for name, change := range map[string]func(p *commit.Parameters){
		"a query more":       func(p *commit.Parameters) { p.Weights.Queries++ },
		"a query less":       func(p *commit.Parameters) { p.Levels[1].Queries-- },
		"another rate":       func(p *commit.Parameters) { p.Witness.InverseRate = 4 },
		"no tail":            func(p *commit.Parameters) { p.Witness.Tail = 0 },
		"a longer tail":      func(p *commit.Parameters) { p.Witness.Tail = 16 },
		"the other profile":  func(p *commit.Parameters) { p.Draws = commit.Draws{Rounds: 1, Keys: 1, Folds: 1} },
		"no grinding":        func(p *commit.Parameters) { p.Grinding = 0 },
		"a level less":       func(p *commit.Parameters) { p.Levels = p.Levels[:1] },
		"levels in turn":     func(p *commit.Parameters) { p.Levels[0], p.Levels[1] = p.Levels[1], p.Levels[0] },
		"a level with more":  func(p *commit.Parameters) { p.Levels[1].Rows = 1 },
		"a level at 1/16":    func(p *commit.Parameters) { p.Levels[0].InverseRate = 16 },
		"a bit more of work": func(p *commit.Parameters) { p.Grinding = 20 },
	} {
		s.parameters = honest
		s.parameters.Levels = append([]commit.Level(nil), honest.Levels...)
		change(&s.parameters)
		if err := s.verify(proof); !known(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestShapesAreRefused gives statements of shapes that the parameters do not have.
func TestShapesAreRefused(t *testing.T) {
	s := hostile(t)
	proof, honest := s.prove(t), s.statement[0]
	for name, change := range map[string]func(c *commit.Claim){
		"no rows":           func(c *commit.Claim) { c.Rows = nil },
		"2^13 rows":         func(c *commit.Claim) { c.Rows = make([]field.E, 1<<13) },
		"a coordinate less": func(c *commit.Claim) { c.Point = c.Point[1:] },
		"a coordinate more": func(c *commit.Claim) { c.Point = append(c.Point[:5:5], field.One()) },
	} {
		s.statement[0] = honest
		change(&s.statement[0])
		refused(t, name, s.verify(proof), commit.ErrShape)
	}
	s.statement[0] = honest
	s.statement[0].Rows = make([]field.E, 8)
	if err := s.verify(proof); !known(err) {
		t.Errorf("twice the rows: %v", err)
	}
}

// TestHugeParametersAreRefusedAtOnce verifies a short proof under parameters of gigabytes.
func TestHugeParametersAreRefusedAtOnce(t *testing.T) {
	s := hostile(t)
	start := time.Now()
	s.parameters = commit.Parameters{Weights: code(1<<31, 1<<31, 1<<31, 1<<31), Witness: code(20, 256, 1024, 0), Levels: make([]commit.Level, 1<<16)}
	refused(t, "2^31 of all", s.verify(nil), commit.ErrParameters)
	// The largest that are valid need a proof that is as large: an empty one ends before any work.
	s.parameters = commit.Parameters{Weights: code(16, 256, 1024, 1<<16), Witness: code(16, 256, 1024, 1<<16), Levels: levels([3]uint32{6, 256, 1024})}
	s.statement[0].Point, s.statement[1].Point = make([]field.E, 16), make([]field.E, 16)
	refused(t, "an empty proof", s.verify(nil), transcript.ErrShort)
	if spent := time.Since(start); spent > time.Second {
		t.Errorf("refused after %v", spent)
	}
}

// TestDishonestProvers folds to something else than what is committed, so that the statement comes out as claimed.
func TestDishonestProvers(t *testing.T) {
	for _, hide := range []uint32{0, 16} {
		for k := range 2 {
			s := newSetting(t, commit.Parameters{Weights: code(6, 4, 16, hide), Witness: code(5, 4, 16, hide), Levels: levels([3]uint32{2, 4, 9})}, 500, 200, 5)
			u := s.openings[k].Fold.Clone()
			u.Set(3, field.Add(u.At(3), field.One()))
			s.openings[k].Fold = u
			s.statement[k].Value = poly.Eval(u, s.statement[k].Point)
			refused(t, "a fold that is not of the rows", s.verify(s.prove(t)), commit.ErrSum)
		}
	}
	// The statement is about one matrix, the opening of another.
	s, other := hostile(t), newSetting(t, hostile(t).parameters, 120, 40, 4)
	s.openings[0].Commitment = other.openings[0].Commitment
	refused(t, "another matrix", s.verify(s.prove(t)), commit.ErrRoot)
	s.statement[0].Root = other.statement[0].Root
	refused(t, "another matrix with its root", s.verify(s.prove(t)), commit.ErrSum)
}

func TestOpenRefusesShapes(t *testing.T) {
	s := hostile(t)
	w := transcript.NewWriter(bound(s.parameters))
	refused(t, "exchanged", s.scheme.Open(w, s.openings[1], s.openings[0]), commit.ErrShape)
	short := s.openings[0]
	short.Fold = short.Fold[1:]
	refused(t, "a short fold", s.scheme.Open(w, short, s.openings[1]), commit.ErrShape)
	if _, err := s.scheme.CommitWeights(nil, nil); !errors.Is(err, commit.ErrShape) {
		t.Errorf("no values: %v", err)
	}
	if _, err := s.scheme.CommitWeights(s.weights, nil); err == nil {
		t.Error("a tail without random numbers")
	}
	if _, err := s.scheme.CommitWeights(s.weights, bytes.NewReader(make([]byte, 10))); err == nil {
		t.Error("a tail of too few random numbers")
	}
}

func FuzzVerify(f *testing.F) {
	s := hostile(f)
	proof := s.prove(f)
	f.Add(proof, s.parameters.Encode())
	f.Add(proof[:100], valid().Encode())
	f.Add([]byte{}, commit.Parameters{Weights: code(3, 2, 4, 0), Witness: code(3, 2, 4, 0)}.Encode())
	f.Fuzz(func(t *testing.T, b, parameters []byte) {
		p, err := commit.Decode(parameters)
		if err != nil || p.Weights.Columns > 10 || p.Witness.Columns > 10 {
			return
		}
		hostile := setting{parameters: p, statement: s.statement}
		for k, c := range []commit.Code{p.Weights, p.Witness} {
			hostile.statement[k].Point = make([]field.E, c.Columns)
			copy(hostile.statement[k].Point, s.statement[k].Point)
		}
		if hostile.verify(b) == nil && (!bytes.Equal(b, proof) || !bytes.Equal(parameters, s.parameters.Encode())) {
			t.Fatal("a proof that nobody made")
		}
	})
}
