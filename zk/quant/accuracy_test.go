package quant_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/zk/quant"
	"ayni.example/zkml/onnx"
)

// folder is a model of zkml/testdata with its rows.
type folder struct {
	graph                *onnx.Graph
	calibration, heldout [][]float64
	targets              []float64
}

func load(tb testing.TB, name string) *folder {
	tb.Helper()
	dir := filepath.Join("..", "..", "zkml", "testdata", name)
	b, err := os.ReadFile(filepath.Join(dir, "model.onnx"))
	if err != nil {
		tb.Fatal(err)
	}
	f := &folder{}
	if f.graph, err = onnx.Read(b); err != nil {
		tb.Fatal(err)
	}
	f.calibration, f.heldout = rows(tb, dir, "calibration"), rows(tb, dir, "heldout")
	for _, r := range rows(tb, dir, "targets") {
		f.targets = append(f.targets, r[0])
	}
	return f
}

// rows reads a tensor whose first dimension counts rows.
func rows(tb testing.TB, dir, name string) [][]float64 {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name+".pb"))
	if err != nil {
		tb.Fatal(err)
	}
	_, x, err := onnx.ReadTensor(b)
	if err != nil {
		tb.Fatal(err)
	}
	out, err := x.Rows()
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// bound is what a model's accuracy must not fall below.
type bound struct {
	name  string
	what  string
	few   int     // rows under -short
	agree float64 // least share of the same class
	r2    float64 // most that R2 may lose
}

func bounds() []bound {
	return []bound{
		{"mnist", "CNN of the ONNX model zoo", 40, 0.99, 0},
		{"digits-mlp", "64-64-32-10, Relu, Sigmoid", 497, 0.99, 0},
		{"digits-cnn", "branches, skip, batch normalisation, both poolings", 497, 0.99, 0},
		{"cifar-cnn", "three convolutions, 32x32x3", 10, 0.98, 0},
		{"tumour-forest", "40 boosted trees, depth 3", 169, 0.99, 0},
		{"appraisal-forest", "64 boosted trees, depth 6", 300, 0, 0.0001},
		{"appraisal-mlp", "9-64-64-1, Relu", 1000, 0, 0.002},
	}
}

// TestAccuracy quantises every model of zkml/testdata and measures it on rows that training and calibration did not see.
func TestAccuracy(t *testing.T) {
	var lines []string
	for _, c := range bounds() {
		t.Run(c.name, func(t *testing.T) {
			f := load(t, c.name)
			m, err := quant.Quantise(f.graph, quant.Config{Rows: f.calibration})
			if err != nil {
				t.Fatal(err)
			}
			n := len(f.heldout)
			if testing.Short() {
				n = c.few
			}
			a, err := quant.Measure(c.name, f.graph, m, f.heldout[:n], f.targets[:n])
			if err != nil {
				t.Fatal(err)
			}
			if a.Agreement < c.agree || a.FloatR2-a.IntegerR2 > c.r2 {
				t.Errorf("%+v", *a)
			}
			lines = append(lines, line(c, m, a))
		})
	}
	if testing.Short() || t.Failed() || len(lines) < len(bounds()) {
		return
	}
	text := head + strings.Join(lines, "")
	if *update {
		if err := os.WriteFile(report, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(report); err != nil || string(have) != text {
		t.Errorf("%s differs from what was measured (%v): go test ./zk/quant -run TestAccuracy -update", report, err)
	}
}

var update = flag.Bool("update", false, "write docs/accuracy-zkml.md")

const (
	report = "../../docs/accuracy-zkml.md"
	head   = `# What quantisation costs

The models of ` + "`zkml/testdata`" + `, float against the integer circuit that is proved, on rows that neither training nor calibration used.
Measured by ` + "`go test ./zk/quant -run TestAccuracy -update`" + `. The rows of the MNIST network are enlarged digits of another data set: its float
accuracy on them says how far that is from what it was trained for. On the 10 000 test images of MNIST itself, calibrated with the same
foreign digits, float is right in 98.91 %, integer in 98.87 %, and both name the same class in 99.91 % (` + "`AYNI_MNIST=FOLDER go test ./zk/quant -run TestMNIST -v`" + `). Shift and tables are the circuit's: a table of 2^n entries each.

| model | what | weights | shift; tables | rows | same class | top-1 float; integer | mean absolute error | R2 float; integer | greatest difference |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
`
)

func line(c bound, m *quant.Model, a *quant.Accuracy) string {
	tables := make([]string, 0, len(m.Circuit.Tables))
	for _, t := range m.Circuit.Tables {
		tables = append(tables, fmt.Sprint(t.Bits))
	}
	circuit := fmt.Sprintf("%d; %s", m.Circuit.Shift, strings.Join(tables, ", "))
	if len(tables) == 0 {
		circuit = "–"
	}
	weights := 0
	for _, w := range m.Weights {
		weights += len(w.Int8) + len(w.Int32)
	}
	score := fmt.Sprintf("%.1f %% | %.1f %%; %.1f %% | – | –", 100*a.Agreement, 100*a.FloatTop1, 100*a.IntegerTop1)
	if a.Task == "regression" {
		score = fmt.Sprintf("– | – | %.1f; %.1f | %.4f; %.4f", a.FloatMAE, a.IntegerMAE, a.FloatR2, a.IntegerR2)
	}
	return fmt.Sprintf("| %s | %s | %d | %s | %d | %s | %.2g |\n", c.name, c.what, weights, circuit, a.Rows, score, a.GreatestDifference)
}
