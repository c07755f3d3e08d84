package quant_test

import (
	"os"
	"path/filepath"
	"testing"

	"ayni.example/zk/quant"
	"ayni.example/zkml/onnx"
)

// FuzzQuantise takes any file that reads as ONNX all the way to an evaluated circuit: what is accepted is valid and proves.
func FuzzQuantise(f *testing.F) {
	for _, name := range []string{"digits-cnn", "tumour-forest"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "zkml", "testdata", name, "model.onnx"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		g, err := onnx.Read(file)
		if err != nil || len(g.Inputs) != 1 {
			return
		}
		width := 1
		for i, d := range g.Inputs[0].Shape {
			if i > 0 {
				width *= min(max(d, 1), 1<<12)
			}
		}
		if width > 1<<12 {
			return
		}
		rows := [][]float64{make([]float64, width), make([]float64, width)}
		for i := range rows[1] {
			rows[1][i] = float64(i%5) - 1
		}
		m, err := quant.Quantise(g, quant.Config{Rows: rows, Bound: 1 << 20})
		if err != nil {
			return
		}
		if _, _, _, err := m.Infer(rows[1]); err != nil {
			t.Fatal(err)
		}
	})
}
