//go:build unix

package commit_test

import (
	"syscall"
	"testing"

	"ayni.example/zk/commit"
	"ayni.example/zk/transcript"
)

// large is 2^22 weights beside 2^16 values of a witness: 96 bits, as zk/soundness searches them for 200 kB.
func large() commit.Parameters {
	return commit.Parameters{
		Weights: code(15, 8, 102, 0), Witness: code(11, 4, 128, 0), Grinding: 12,
		Levels: levels([3]uint32{4, 2, 210}, [3]uint32{3, 4, 129}),
	}
}

// timed runs step and reports the processor's time beside the clock's.
func timed(b *testing.B, step func()) {
	b.Helper()
	spent := func() float64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return float64(u.Utime.Nano() + u.Stime.Nano())
	}
	b.ReportAllocs()
	n, from := 0, spent()
	for b.Loop() {
		step()
		n++
	}
	b.ReportMetric((spent()-from)/float64(n)/1e6, "cpu-ms/op")
}

func BenchmarkCommitWitness(b *testing.B) {
	p := large()
	scheme, err := commit.NewScheme(p)
	if err != nil {
		b.Fatal(err)
	}
	values := randomBase(seeded(1), 1<<16)
	timed(b, func() {
		if _, err := scheme.CommitWitness(values, nil); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkCommitWeights(b *testing.B) {
	scheme, err := commit.NewScheme(large())
	if err != nil {
		b.Fatal(err)
	}
	values := randomBase(seeded(1), 1<<22)
	timed(b, func() {
		if _, err := scheme.CommitWeights(values, nil); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	s := newSetting(b, large(), 1<<22, 1<<16, 1)
	var proof []byte
	timed(b, func() {
		w := transcript.NewWriter(bound())
		if err := s.scheme.Open(w, s.openings[0], s.openings[1]); err != nil {
			b.Fatal(err)
		}
		proof = w.Proof()
	})
	b.ReportMetric(float64(len(proof)), "bytes")
}

func BenchmarkVerify(b *testing.B) {
	s := newSetting(b, large(), 1<<22, 1<<16, 1)
	proof := s.prove(b)
	timed(b, func() {
		if err := s.verify(proof); err != nil {
			b.Fatal(err)
		}
	})
}
