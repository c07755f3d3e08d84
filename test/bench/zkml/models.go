package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"ayni.example/zk/circuit"
	"ayni.example/zk/quant"
	"ayni.example/zk/quant/quanttest"
	"ayni.example/zkml/onnx"
)

// model is a model to measure, with the parameters that compiling it finds.
type model struct {
	name  string
	hides bool // whether hiding is measured too: it needs activations
	make  func() (*quant.Model, [][]int32, error)
}

// seed is that of the models which are made, so that every run measures the same.
const seed = 5

func models() []model {
	return []model{
		{"y = Wx + b, 64x64", false, func() (*quant.Model, [][]int32, error) { return network(1, 64) }},
		{"MLP 4x1024²", true, func() (*quant.Model, [][]int32, error) { return network(4, 1024) }},
		{"MNIST CNN", true, func() (*quant.Model, [][]int32, error) { return file("mnist") }},
		{"CNN 264k, 32x32x3", true, func() (*quant.Model, [][]int32, error) { return file("cifar-cnn") }},
		{"forest 128x9, 128 inputs", true, forest},
	}
}

func network(layers, width int) (*quant.Model, [][]int32, error) {
	rows := quanttest.Rows(seed, 8, width)
	m, err := quant.Quantise(quanttest.MLP(seed, layers, width), quant.Config{Rows: rows[:4]})
	if err != nil {
		return nil, nil, err
	}
	return provable(m, rows[4:])
}

// forest has thresholds on a grid of eight bits, and inputs of 64 features on it.
func forest() (*quant.Model, [][]int32, error) {
	const instances, features, levels = 128, 64, 256
	rows := quanttest.Rows(seed, instances+4, features)
	for _, row := range rows {
		for k := range row {
			row[k] = math.Floor(row[k]*levels) / levels
		}
	}
	m, err := quant.Quantise(quanttest.Forest(seed, 128, 9, features, levels), quant.Config{Rows: rows, Instances: instances})
	if err != nil {
		return nil, nil, err
	}
	var all []float64
	for _, row := range rows[:instances] {
		all = append(all, row...)
	}
	return provable(m, [][]float64{all})
}

// file is a model of zkml/testdata and a row that it has not seen.
func file(name string) (*quant.Model, [][]int32, error) {
	dir := filepath.Join("zkml", "testdata", name)
	b, err := os.ReadFile(filepath.Join(dir, "model.onnx"))
	if err != nil {
		return nil, nil, fmt.Errorf("%w (run this at the root of the repository)", err)
	}
	g, err := onnx.Read(b)
	if err != nil {
		return nil, nil, err
	}
	calibration, err := rows(filepath.Join(dir, "calibration.pb"))
	if err != nil {
		return nil, nil, err
	}
	held, err := rows(filepath.Join(dir, "heldout.pb"))
	if err != nil {
		return nil, nil, err
	}
	m, err := quant.Quantise(g, quant.Config{Rows: calibration})
	if err != nil {
		return nil, nil, err
	}
	return provable(m, held)
}

func rows(path string) ([][]float64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	_, x, err := onnx.ReadTensor(b)
	if err != nil {
		return nil, err
	}
	return x.Rows()
}

// provable picks the first row within the model's ranges.
func provable(m *quant.Model, rows [][]float64) (*quant.Model, [][]int32, error) {
	var last error
	for _, row := range rows {
		_, input, _, err := m.Infer(row)
		if err == nil {
			return m, input, nil
		}
		if over := (*circuit.Overflow)(nil); !errors.As(err, &over) {
			return nil, nil, err
		}
		last = err
	}
	return nil, nil, fmt.Errorf("no row can be proved: %w", last)
}
