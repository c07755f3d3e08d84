package commit_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"ayni.example/zk/commit"
)

func valid() commit.Parameters {
	return commit.Parameters{
		Weights:  commit.Code{Columns: 6, InverseRate: 4, Queries: 20},
		Witness:  commit.Code{Columns: 5, InverseRate: 8, Queries: 10, Tail: 16},
		Grinding: 3,
		Levels:   []commit.Level{{Rows: 2, InverseRate: 4, Queries: 12}, {Rows: 1, InverseRate: 16, Queries: 9}},
	}
}

func TestParametersRoundTrip(t *testing.T) {
	for _, p := range []commit.Parameters{valid(), second(valid()), {Weights: valid().Weights, Witness: valid().Weights}} {
		got, err := commit.Decode(p.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, p) {
			t.Errorf("%+v, want %+v", got, p)
		}
	}
}

func TestParametersRefused(t *testing.T) {
	for name, change := range map[string]func(p *commit.Parameters){
		"rate 1":                      func(p *commit.Parameters) { p.Weights.InverseRate = 1 },
		"rate no power of two":        func(p *commit.Parameters) { p.Weights.InverseRate = 6 },
		"rate 1/512":                  func(p *commit.Parameters) { p.Levels[0].InverseRate = 512 },
		"code longer than the field":  func(p *commit.Parameters) { p.Weights.Columns = 23 },
		"2^32-1 columns":              func(p *commit.Parameters) { p.Weights.Columns = 1<<32 - 1 },
		"no query":                    func(p *commit.Parameters) { p.Witness.Queries = 0 },
		"2^31 queries":                func(p *commit.Parameters) { p.Levels[1].Queries = 1 << 31 },
		"tail shorter than queries":   func(p *commit.Parameters) { p.Witness.Tail = 8 },
		"tail no power of two":        func(p *commit.Parameters) { p.Witness.Tail = 24 },
		"tail longer than a row":      func(p *commit.Parameters) { p.Witness.Tail = 64 },
		"grinding of 2^32-1 bits":     func(p *commit.Parameters) { p.Grinding = 1<<32 - 1 },
		"level without rows":          func(p *commit.Parameters) { p.Levels[0].Rows = 0 },
		"level longer than its input": func(p *commit.Parameters) { p.Levels[1].Rows = 6 },
		"nine levels":                 func(p *commit.Parameters) { p.Levels = make([]commit.Level, 9) },
		"last vector of 2^20":         func(p *commit.Parameters) { p.Weights.Columns, p.Levels = 20, nil },
		"33 bits of work of a draw":   func(p *commit.Parameters) { p.Draws = commit.Draws{Rounds: 1, Keys: 33, Folds: 1} },
		"2^32-1 bits of a fold":       func(p *commit.Parameters) { p.Draws = commit.Draws{Rounds: 1, Keys: 1, Folds: 1<<32 - 1} },
		"no nonces of rounds":         func(p *commit.Parameters) { p.Draws = commit.Draws{Keys: 3, Folds: 3} },
		"rounds harder than folds":    func(p *commit.Parameters) { p.Draws = commit.Draws{Rounds: 3, Keys: 3, Folds: 2} },
		"rounds harder than keys":     func(p *commit.Parameters) { p.Draws = commit.Draws{Rounds: 3, Keys: 2, Folds: 3} },
	} {
		p := valid()
		change(&p)
		if err := p.Validate(); !errors.Is(err, commit.ErrParameters) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := commit.Decode(p.Encode()); !errors.Is(err, commit.ErrParameters) {
			t.Errorf("%s, decoded: %v", name, err)
		}
	}
}

// TestProfiles holds that the first number says which numbers follow.
func TestProfiles(t *testing.T) {
	first, next := valid().Encode(), second(valid()).Encode()
	if first[0] != 1 || next[0] != 2 || len(next) != len(first)+12 {
		t.Fatalf("%d bytes of profile %d, %d bytes of profile %d", len(first), first[0], len(next), next[0])
	}
	zero := commit.Parameters{Weights: valid().Weights, Witness: valid().Weights}.Encode()
	zero[0] = 2 // and no bits of draws
	none := bytes.Join([][]byte{{2}, first[1:40], make([]byte, 12), first[40:]}, nil)
	other := bytes.Clone(next)
	first[0], next[0], other[0] = 2, 1, 3
	for name, b := range map[string][]byte{
		"2 with the numbers of 1": first, "1 with the numbers of 2": next, "3": other, "2 without draws": zero, "2 with draws of no bits": none,
	} {
		if _, err := commit.Decode(b); !errors.Is(err, commit.ErrParameters) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(valid().Encode())
	f.Add(second(valid()).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := commit.Decode(b)
		if err != nil {
			return
		}
		if !bytes.Equal(p.Encode(), b) {
			t.Fatalf("%+v has another encoding", p)
		}
	})
}
