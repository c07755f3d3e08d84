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
	for _, p := range []commit.Parameters{valid(), {Weights: valid().Weights, Witness: valid().Weights}} {
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

func FuzzDecode(f *testing.F) {
	f.Add(valid().Encode())
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
