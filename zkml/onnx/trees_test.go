package onnx_test

import (
	"math"
	"path/filepath"
	"testing"

	"ayni.example/zkml/onnx"
)

// TestTrees holds the ensembles to what scikit-learn, which trained them, predicts.
func TestTrees(t *testing.T) {
	for _, c := range []struct {
		name, output string
		column       int
	}{{"appraisal-forest", "output", 0}, {"tumour-forest", "scores", 1}} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join("..", "testdata", c.name)
			g, err := onnx.Read(read(t, filepath.Join(dir, "model.onnx")))
			if err != nil {
				t.Fatal(err)
			}
			e, err := onnx.New(g)
			if err != nil {
				t.Fatal(err)
			}
			_, x, err := onnx.ReadTensor(read(t, filepath.Join(dir, "heldout.pb")))
			if err != nil {
				t.Fatal(err)
			}
			_, want, err := onnx.ReadTensor(read(t, filepath.Join(dir, "predictions.pb")))
			if err != nil {
				t.Fatal(err)
			}
			got, err := e.Run(map[string]*onnx.Tensor{"input": x}, c.output)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := got[c.output].Rows()
			if err != nil || len(rows) != want.Len() {
				t.Fatalf("%d rows in place of %d: %v", len(rows), want.Len(), err)
			}
			for i, row := range rows {
				if w := want.Floats[i]; math.Abs(row[c.column]-w) > 1e-4*(1+math.Abs(w)) {
					t.Fatalf("row %d: %v in place of %v", i, row[c.column], w)
				}
			}
		})
	}
}
