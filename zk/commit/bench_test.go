//go:build unix

package commit_test

import (
	"io"
	"syscall"
	"testing"

	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/transcript"
)

// large is parameters for 2^22 weights beside 2^16 values of a witness: 96 bits, as zk/soundness searches them for 200 kB.
func large() map[string]commit.Parameters {
	return map[string]commit.Parameters{
		"plain": {
			Weights: code(15, 8, 102, 0), Witness: code(11, 4, 128, 0), Grinding: 12,
			Levels: levels([3]uint32{4, 2, 210}, [3]uint32{3, 4, 129}),
		},
		"hidden": {
			Weights: code(15, 8, 102, 128), Witness: code(11, 4, 136, 256), Grinding: 12,
			Levels: levels([3]uint32{4, 2, 210}, [3]uint32{3, 8, 105}),
		},
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
	benchmarkCommit(b, 1<<16, (*commit.Scheme).CommitWitness)
}

func BenchmarkCommitWeights(b *testing.B) {
	benchmarkCommit(b, 1<<22, (*commit.Scheme).CommitWeights)
}

func benchmarkCommit(b *testing.B, n int, add func(*commit.Scheme, []field.Element, io.Reader) (*commit.Commitment, error)) {
	b.Helper()
	values, random := randomBase(seeded(1), n), seeded(2)
	for name, p := range large() {
		b.Run(name, func(b *testing.B) {
			scheme, err := commit.NewScheme(p)
			if err != nil {
				b.Fatal(err)
			}
			timed(b, func() {
				if _, err := add(scheme, values, random); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for name, p := range large() {
		b.Run(name, func(b *testing.B) {
			s := newSetting(b, p, 1<<22, 1<<16, 1)
			var proof []byte
			timed(b, func() {
				w := transcript.NewWriter(bound(p))
				if err := s.scheme.Open(w, s.openings[0], s.openings[1]); err != nil {
					b.Fatal(err)
				}
				proof = w.Proof()
			})
			b.ReportMetric(float64(len(proof)), "bytes")
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	for name, p := range large() {
		b.Run(name, func(b *testing.B) {
			s := newSetting(b, p, 1<<22, 1<<16, 1)
			proof := s.prove(b)
			timed(b, func() {
				if err := s.verify(proof); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}
