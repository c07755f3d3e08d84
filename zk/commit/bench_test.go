package commit_test

import (
	"testing"

	"ayni.example/zk/commit"
	"ayni.example/zk/transcript"
)

// large is 2^22 weights beside 2^16 values of a witness, 12 bits of grinding.
func large() commit.Parameters {
	return commit.Parameters{
		Weights: code(15, 8, 105, 0), Witness: code(10, 4, 130, 0), Grinding: 12,
		Levels: levels([3]uint32{5, 4, 130}, [3]uint32{4, 16, 96}),
	}
}

func BenchmarkCommitWitness(b *testing.B) {
	p := large()
	scheme, err := commit.NewScheme(p)
	if err != nil {
		b.Fatal(err)
	}
	values := randomBase(seeded(1), 1<<16)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := scheme.CommitWitness(values, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCommitWeights(b *testing.B) {
	scheme, err := commit.NewScheme(large())
	if err != nil {
		b.Fatal(err)
	}
	values := randomBase(seeded(1), 1<<22)
	for b.Loop() {
		if _, err := scheme.CommitWeights(values, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	s := newSetting(b, large(), 1<<22, 1<<16, 1)
	b.ReportAllocs()
	var proof []byte
	for b.Loop() {
		w := transcript.NewWriter(bound())
		if err := s.scheme.Open(w, s.openings[0], s.openings[1]); err != nil {
			b.Fatal(err)
		}
		proof = w.Proof()
	}
	b.ReportMetric(float64(len(proof)), "bytes")
}

func BenchmarkVerify(b *testing.B) {
	s := newSetting(b, large(), 1<<22, 1<<16, 1)
	proof := s.prove(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.verify(proof); err != nil {
			b.Fatal(err)
		}
	}
}
