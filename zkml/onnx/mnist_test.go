package onnx_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"ayni.example/zkml/onnx"
)

// TestMNIST runs the convolutional network of the ONNX model zoo on the images and answers that came with it.
func TestMNIST(t *testing.T) {
	dir := filepath.Join("..", "testdata", "mnist")
	g, err := onnx.Read(read(t, filepath.Join(dir, "model.onnx")))
	if err != nil {
		t.Fatal(err)
	}
	e, err := onnx.New(g)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		_, x, err := onnx.ReadTensor(read(t, filepath.Join(dir, fmt.Sprintf("input_%d.pb", i))))
		if err != nil {
			t.Fatal(err)
		}
		_, want, err := onnx.ReadTensor(read(t, filepath.Join(dir, fmt.Sprintf("output_%d.pb", i))))
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Run(map[string]*onnx.Tensor{g.Inputs[0].Name: x})
		if err != nil {
			t.Fatal(err)
		}
		if err := near(got[g.Outputs[0].Name], want); err != nil {
			t.Errorf("image %d: %v", i, err)
		}
	}
}
