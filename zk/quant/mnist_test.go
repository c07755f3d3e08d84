package quant_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"

	"ayni.example/zk/quant"
)

// TestMNIST measures the network of the ONNX model zoo on the images that it was made for, which are not in this repository:
// AYNI_MNIST names a folder with t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz. Calibration stays with the digits
// of another data set.
func TestMNIST(t *testing.T) {
	dir := os.Getenv("AYNI_MNIST")
	if dir == "" {
		t.Skip("AYNI_MNIST names no folder with the test images of MNIST")
	}
	images, labels := unzip(t, dir, "t10k-images-idx3-ubyte.gz")[16:], unzip(t, dir, "t10k-labels-idx1-ubyte.gz")[8:]
	n := len(labels)
	if testing.Short() {
		n = 500
	}
	f := load(t, "mnist")
	m, err := quant.Quantise(f.graph, quant.Config{Rows: f.calibration})
	if err != nil {
		t.Fatal(err)
	}
	rows, targets := make([][]float64, n), make([]float64, n)
	for i := range rows {
		rows[i] = make([]float64, 784)
		for k := range rows[i] {
			rows[i][k] = float64(images[784*i+k])
		}
		targets[i] = float64(labels[i])
	}
	a, err := quant.Measure("mnist", f.graph, m, rows, targets)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", *a)
	if a.Agreement < 0.995 || a.FloatTop1 < 0.98 || a.IntegerTop1 < a.FloatTop1-0.003 {
		t.Error("the integer network is worse than it was")
	}
}

// unzip reads a file and checks that it is one of MNIST's.
func unzip(t *testing.T, dir, name string) []byte {
	t.Helper()
	packed, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(io.LimitReader(z, 1<<26))
	if err != nil {
		t.Fatal(err)
	}
	if len(b) < 16 || binary.BigEndian.Uint32(b)>>8 != 8 {
		t.Fatalf("%s is no file of MNIST", name)
	}
	return b
}
