package quant_test

import (
	"maps"
	"math"
	"math/rand"
	"testing"

	"ayni.example/zk/quant"
	"ayni.example/zkml/onnx"
)

// ensemble is a random forest of unbalanced trees in all branch modes, over three features on grids of 1, 0.1 and 0.01.
func ensemble(random *rand.Rand, classes int, attributes map[string]onnx.Attribute) *onnx.Graph {
	lists := map[string][]int64{}
	values, weights := []float64{}, []float64{}
	modes := []string{}
	steps := []float64{1, 0.1, 0.01}
	for t := range 6 {
		next := int64(1)
		var grow func(id int64, depth int)
		grow = func(id int64, depth int) {
			add := func(key string, v int64) { lists[key] = append(lists[key], v) }
			add("nodes_treeids", int64(t))
			add("nodes_nodeids", id)
			if depth == 5 || depth > 0 && random.Intn(4) == 0 {
				modes, values = append(modes, "LEAF"), append(values, 0)
				for _, key := range []string{"nodes_featureids", "nodes_truenodeids", "nodes_falsenodeids"} {
					add(key, 0)
				}
				for k := range classes {
					add("target_treeids", int64(t))
					add("target_nodeids", id)
					add("target_ids", int64(k))
					weights = append(weights, random.NormFloat64())
				}
				return
			}
			f := random.Intn(3)
			modes = append(modes, []string{"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT"}[random.Intn(4)])
			values = append(values, float64(float32(float64(random.Intn(200))*steps[f]/2))) // on the grid and between
			yes, no := next, next+1
			next += 2
			add("nodes_featureids", int64(f))
			add("nodes_truenodeids", yes)
			add("nodes_falsenodeids", no)
			grow(yes, depth+1)
			grow(no, depth+1)
		}
		grow(0, 0)
	}
	n := onnx.Node{Op: "TreeEnsembleRegressor", Domain: "ai.onnx.ml", Inputs: []string{"x"}, Outputs: []string{"y"}, Attributes: map[string]onnx.Attribute{
		"n_targets": {Int: int64(classes)}, "nodes_values": {Floats: values}, "nodes_modes": {Strings: modes}, "target_weights": {Floats: weights},
	}}
	for k, v := range lists {
		n.Attributes[k] = onnx.Attribute{Ints: v}
	}
	maps.Copy(n.Attributes, attributes)
	return &onnx.Graph{
		Opset: 13, Initializers: map[string]*onnx.Tensor{}, Nodes: []onnx.Node{n},
		Inputs:  []onnx.Value{{Name: "x", Type: onnx.Float, Shape: []int{-1, 3}}},
		Outputs: []onnx.Value{{Name: "y", Type: onnx.Float, Shape: []int{-1, classes}}},
	}
}

// points are rows on the three grids, as float32 has them.
func points(random *rand.Rand, count int) [][]float64 {
	rows := make([][]float64, count)
	for i := range rows {
		for _, step := range []float64{1, 0.1, 0.01} {
			rows[i] = append(rows[i], float64(float32(float64(random.Intn(100))*step)))
		}
	}
	return rows
}

// TestForestExact holds integer forests to the float ones on inputs that lie on the grid: every path is the same, so that the
// sums differ by the rounding of leaves alone.
func TestForestExact(t *testing.T) {
	for name, c := range map[string]struct {
		classes    int
		attributes map[string]onnx.Attribute
	}{
		"sum":     {1, map[string]onnx.Attribute{"base_values": {Floats: []float64{2.5}}}},
		"average": {2, map[string]onnx.Attribute{"aggregate_function": {Text: "AVERAGE"}, "base_values": {Floats: []float64{1, -3}}}},
	} {
		t.Run(name, func(t *testing.T) {
			seed := rand.Int63()
			random := rand.New(rand.NewSource(seed))
			g := ensemble(random, c.classes, c.attributes)
			const instances = 5
			m, err := quant.Quantise(g, quant.Config{Rows: points(random, 200), Instances: instances})
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if len(m.Notes) > 0 {
				t.Fatalf("seed %d: features on grids were rounded: %v", seed, m.Notes)
			}
			e, err := onnx.New(g)
			if err != nil {
				t.Fatal(err)
			}
			for range 200 {
				var flat []float64
				for _, row := range points(random, instances) {
					flat = append(flat, row...)
				}
				want, err := e.Run(map[string]*onnx.Tensor{"x": onnx.FloatTensor(flat, instances, 3)})
				if err != nil {
					t.Fatal(err)
				}
				got, _, _, err := m.Infer(flat)
				if err != nil {
					t.Fatal(err)
				}
				for i, w := range want["y"].Floats {
					if math.Abs(got[i]-w) > 1e-6 {
						t.Fatalf("seed %d: %v gives %v in place of %v", seed, flat, got[i], w)
					}
				}
			}
		})
	}
}
