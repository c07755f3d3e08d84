//go:build unix

package lookup_test

import (
	"fmt"
	"syscall"
	"testing"

	"ayni.example/zk/lookup"
	"ayni.example/zk/transcript"
)

// processor is the processor time that this process took, in nanoseconds: other processes do not count.
func processor(b *testing.B) int64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// BenchmarkProve is the shapes of a perceptron of 4 x 1024 (a table of 2^15, columns of 2^12) and of a network of convolutions.
func BenchmarkProve(b *testing.B) {
	r := source(b)
	for _, c := range [][]int{{15, 12}, {10, 14, 14, 13, 12}, {8, 6, 6, 6, 6}} {
		b.Run(fmt.Sprintf("table of 2^%d, columns of 2^%v", c[0], c[1:]), func(b *testing.B) {
			book, leaves := newBook(b, r, c[0], c[1:]...), 0
			for _, v := range book.layout.Blocks {
				leaves += 1 << v
			}
			work := cloned(book.blocks)
			var p lookup.Prover
			b.ReportAllocs()
			before := processor(b)
			for b.Loop() {
				for i := range work {
					copy(work[i].Den, book.blocks[i].Den)
				}
				w := transcript.NewWriter(transcript.New(1, transcript.Nonces{}))
				if _, err := p.Prove(w, book.layout, work); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(processor(b)-before)/float64(b.N)/float64(leaves), "cpu-ns/leaf")
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	book := newBook(b, source(b), 10, 14, 14, 13, 12)
	proof, _, err := book.prove()
	if err != nil {
		b.Fatal(err)
	}
	before := processor(b)
	for b.Loop() {
		if _, err := lookup.Verify(transcript.NewReader(transcript.New(1, transcript.Nonces{}), proof), book.layout); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(processor(b)-before)/float64(b.N)/1000, "cpu-us")
}
