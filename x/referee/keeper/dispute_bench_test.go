package keeper_test

import (
	"math"
	"strings"
	"testing"

	"ayni.example/internal/disputetest"
	"ayni.example/tensor/trace"
	"ayni.example/x/referee"
)

// starter is the shape of the starter model, 2.8 million weights, with the windows that it was trained on.
func starter() trace.Shape {
	return trace.Shape{
		Layers: 6, Width: 192, Heads: 6, KVHeads: 3, HeadSize: 32, Inner: 512, Vocab: 2048, Windows: 8, Length: 256,
		Eps: 0x3727c5ac, Clip: math.Float64bits(1),
	}
}

// BenchmarkDispute plays disputes about a segment of the starter model over the ledger, and counts what both sides answer until the
// liar has lost. A segment of two steps takes as many answers as one of sixteen.
func BenchmarkDispute(b *testing.B) {
	const steps = 2
	training := disputetest.New(b, starter(), steps, steps, 1)
	honest := training.Honest(b)
	for _, lie := range []string{"wrong data", "wrong step"} {
		b.Run(strings.ReplaceAll(lie, " ", "-"), func(b *testing.B) {
			liar := training.Lie(b, honest, lie, steps-1, 1)
			f := newFixture(b, training)
			for b.Loop() {
				f = newFixture(b, training)
				id := f.claim("lie", liar, 0, steps)
				f.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
				if f.play(id, liar, f.honest(honest)) {
					b.Fatal("the liar has won")
				}
			}
			b.ReportMetric(float64(f.answers[0]), "answers-defender")
			b.ReportMetric(float64(f.answers[1]), "answers-challenger")
			b.ReportMetric(float64(f.bytes[0]), "bytes-defender")
			b.ReportMetric(float64(f.bytes[1]), "bytes-challenger")
		})
	}
}
