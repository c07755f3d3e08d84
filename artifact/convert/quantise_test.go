package convert_test

import (
	"bytes"
	"io"
	"runtime"
	"slices"
	"testing"

	"ayni.example/artifact/convert"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama/llamatest"
)

func quantise(tb testing.TB, file *gguf.File, target string) (*gguf.File, convert.Report) {
	tb.Helper()
	m, err := convert.Quantise(file, target, nil)
	if err != nil {
		tb.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		tb.Fatal(err)
	}
	return parse(tb, out.Bytes()), m.Report()
}

// TestQuantise knows how far each type may be from float32 values, and which tensors keep more.
func TestQuantise(t *testing.T) {
	file := build(t, llamatest.Spec{Width: 256, Inner: 512, Heads: 4, KVHeads: 2, HeadSize: 64})
	for _, c := range []struct {
		target, embedding string
		most              float64
	}{
		{"F32", "F32", 0},
		{"F16", "F16", 3e-4},
		{"BF16", "BF16", 3e-3},
		{"Q8_0", "Q8_0", 6e-3},
		{"Q6_K", "Q6_K", 3e-2},
		{"Q4_K", "Q6_K", 9e-2},
		{"Q4_0", "Q6_K", 11e-2},
	} {
		t.Run(c.target, func(t *testing.T) {
			small, report := quantise(t, file, c.target)
			if report.Relative > c.most || c.most > 0 && report.Relative < c.most/10 {
				t.Errorf("the relative error is %v, want at most %v", report.Relative, c.most)
			}
			for name, want := range map[string]string{
				"blk.0.attn_q.weight": c.target, "blk.1.ffn_down.weight": c.target, "token_embd.weight": c.embedding,
				"output_norm.weight": "F32", "blk.1.ffn_norm.weight": "F32",
			} {
				if entry, ok := small.Tensor(name); !ok || entry.Type.String() != want {
					t.Errorf("%s is %s, want %s", name, entry.Type, want)
				}
			}
			load(t, small)
			if again, same := quantise(t, small, c.target); again.Digest != small.Digest || same.Relative != 0 {
				t.Errorf("quantised twice: error %v", same.Relative)
			}
		})
	}
	if _, err := convert.Quantise(file, "Q2_K", nil); err == nil {
		t.Error("an unknown type was taken")
	}
}

// TestBlocksThatDoNotFit has rows of 64 and 96: too short for K-quants, and Q8_0 takes them.
func TestBlocksThatDoNotFit(t *testing.T) {
	small, _ := quantise(t, build(t, llamatest.Spec{Untied: true}), "Q4_K")
	for name, want := range map[string]gguf.Type{"blk.0.attn_q.weight": gguf.Q8_0, "blk.0.ffn_down.weight": gguf.Q8_0, "output.weight": gguf.Q8_0} {
		if entry, _ := small.Tensor(name); entry.Type != want {
			t.Errorf("%s is %s, want %s", name, entry.Type, want)
		}
	}
	odd, _ := quantise(t, build(t, llamatest.Spec{Inner: 40}), "Q8_0")
	if entry, _ := odd.Tensor("blk.0.ffn_down.weight"); entry.Type != gguf.F16 {
		t.Errorf("rows of 40 became %s", entry.Type)
	}
}

// TestProcessorsDoNotChangeTheFile quantises on one and on all.
func TestProcessorsDoNotChangeTheFile(t *testing.T) {
	file := build(t, llamatest.Spec{Width: 256, Inner: 768})
	all, report := quantise(t, file, "Q4_K")
	before := runtime.GOMAXPROCS(1)
	one, single := quantise(t, file, "Q4_K")
	runtime.GOMAXPROCS(before)
	if all.Digest != one.Digest || report.RMSE != single.RMSE {
		t.Errorf("digests %x and %x, errors %v and %v", all.Digest, one.Digest, report.RMSE, single.RMSE)
	}
}

// TestQuantiseStreams writes a model whose tensors are far larger than what it may hold in memory.
func TestQuantiseStreams(t *testing.T) {
	if testing.Short() {
		t.Skip("256 MiB of weights")
	}
	const rows, cols = 1 << 16, 1 << 10
	w := gguf.NewWriter()
	w.Set("general.architecture", "llama")
	w.AddFunc("token_embd.weight", gguf.F32, []uint64{cols, rows}, func(dst io.Writer) error {
		row := make([]byte, 4*cols)
		for range rows {
			if _, err := dst.Write(row); err != nil {
				return err
			}
		}
		return nil
	})
	file, err := largeFile(t, w)
	if err != nil {
		t.Fatal(err)
	}
	var calls []uint64
	m, err := convert.Quantise(file, "Q8_0", func(done, _ uint64) { calls = append(calls, done) })
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if _, err := m.WriteTo(io.Discard); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if most := after.HeapSys; most > before.HeapSys+128<<20 {
		t.Errorf("the heap grew from %d to %d MiB", before.HeapSys>>20, most>>20)
	}
	if len(calls) < 8 || !slices.IsSorted(calls) {
		t.Errorf("progress %v", calls)
	}
}
