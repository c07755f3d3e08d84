package grad_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"

	"ayni.example/tensor"
	"ayni.example/tensor/grad"
)

// tiny is a network that trains in milliseconds; its sizes are no multiples of any vector.
func tiny() grad.Shape {
	return grad.Shape{
		Vocab: 37, Context: 90, Width: 24, Layers: 2, Heads: 4, KVHeads: 2, HeadSize: 10, Inner: 40,
		Base: 10000, Eps: 1e-5,
	}
}

// shapes has every option of a shape.
func shapes() map[string]grad.Shape {
	half, bias, norm, untied, window, all := tiny(), tiny(), tiny(), tiny(), tiny(), tiny()
	window.Window = 23
	half.HalfSplit = true
	bias.Bias = true
	norm.HeadNorm = true
	untied.Untied = true
	all.HalfSplit, all.Bias, all.HeadNorm, all.Untied = true, true, true, true
	all.KVHeads, all.HeadSize = 1, 16
	return map[string]grad.Shape{
		"llama": tiny(), "half-split": half, "bias": bias, "head norm": norm, "untied": untied,
		"window": window, "all": all,
	}
}

// sequences are tokens that can be learnt in part: each depends on the one before.
func sequences(vocab, count, length int) [][]int32 {
	list := make([][]int32, count)
	for i := range list {
		list[i] = make([]int32, length+i%3)
		for j := range list[i] {
			b := grad.Block(7, grad.DomainOrder, uint32(i), uint64(j))
			list[i][j] = int32(b[0] % uint32(vocab))
			if j > 0 && b[1]%4 != 0 {
				list[i][j] = (list[i][j-1]*5 + 3) % int32(vocab)
			}
		}
	}
	return list
}

// digest is the hash of all parameters and of the optimiser's state.
func digest(m *grad.Model, t *grad.Trainer) string {
	h := sha256.New()
	write := func(x []float32) {
		for _, v := range x {
			_ = binary.Write(h, binary.LittleEndian, math.Float32bits(v))
		}
	}
	for _, p := range m.Params() {
		write(p.Data)
	}
	for i := range t.State().First {
		write(t.State().First[i])
		write(t.State().Second[i])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// run trains for some steps and returns the digest and the mean losses; split says how many sequences go
// into one call.
func run(tb testing.TB, s grad.Shape, l *grad.LoRA, threads, split, steps int) (string, []float64) {
	tb.Helper()
	m, err := grad.New(s, 1)
	if err != nil {
		tb.Fatal(err)
	}
	if l != nil {
		if err := m.AddLoRA(*l); err != nil {
			tb.Fatal(err)
		}
	}
	cfg := grad.DefaultConfig()
	cfg.MicroTokens = 1 + 40*split
	t, err := grad.NewTrainer(m, tensor.NewPool(threads), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	losses := make([]float64, 0, steps)
	for range steps {
		data := sequences(s.Vocab, 6, 70)
		sum := 0.0
		for len(data) > 0 {
			n := min(split, len(data))
			if sum, err = t.Accumulate(data[:n]); err != nil {
				tb.Fatal(err)
			}
			data = data[n:]
		}
		losses = append(losses, sum/float64(t.Targets()))
		if _, err := t.Apply(0.01); err != nil {
			tb.Fatal(err)
		}
	}
	return digest(m, t), losses
}
