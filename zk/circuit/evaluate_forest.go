package circuit

// forest walks each tree for each instance, padded ones too: of those all features, thresholds and leaves are zero.
func (e *evaluator) forest(op int, f *Forest) error {
	var walk walker
	walk.init(e, op, f)
	out, input := &e.Tensors[f.Output], &e.Tensors[f.Input]
	instances, features := input.Axes[0], input.Axes[1]
	scores := make([]int64, out.length())
	for i := range 1 << input.Bits[0] {
		var x []int32
		if i < instances {
			x = e.public[f.Input][i*features : (i+1)*features]
			for k, b := range f.Base {
				scores[i*len(f.Base)+k] = int64(b)
			}
		}
		for t := range walk.trees {
			leaf := walk.tree(i, t, x)
			if i < instances && t < len(f.Classes) {
				scores[i*len(f.Base)+f.Classes[t]] += int64(leaf)
			}
		}
	}
	y := make([]int32, len(scores))
	for i, v := range scores {
		if v < -MaxInteger || v > MaxInteger {
			return &Overflow{op, out.position(i), v, -MaxInteger, MaxInteger}
		}
		y[i] = int32(v)
	}
	e.public[f.Output] = y
	return nil
}

// walker is a forest with the parts of the witness that its walks fill.
type walker struct {
	*Forest
	feature, threshold, leaf []int32 // weights
	trees                    int     // padded
	row                      int     // padded features

	levels              []walkedLevel
	ending              []int32
	nodes, leaves       []int32 // multiplicities
	inputs, comparisons []int32
}

type walkedLevel struct{ bit, feature, threshold, value []int32 }

func (w *walker) init(e *evaluator, op int, f *Forest) {
	*w = walker{
		Forest: f, feature: e.weights[f.Feature].Int32, threshold: e.weights[f.Threshold].Int32, leaf: e.weights[f.Leaf].Int32,
		trees: 1 << e.Tensors[f.Feature].Bits[0], row: 1 << e.Tensors[f.Input].Bits[1],
		ending: e.stored(e.Steps[op].Leaf), nodes: e.count(Nodes, op), leaves: e.count(Leaves, op),
		inputs: e.count(Inputs, op), comparisons: e.count(Range, f.Bits),
	}
	for _, l := range e.Steps[op].Levels {
		w.levels = append(w.levels, walkedLevel{e.stored(l.Bit), e.stored(l.Feature), e.stored(l.Threshold), e.stored(l.Value)})
	}
}

// tree walks tree t for instance i with the features x, none for padding, and tells the leaf.
func (w *walker) tree(i, t int, x []int32) int32 {
	at, base := i*w.trees+t, t<<w.Depth
	node := 1
	for d := range w.levels {
		var feature, threshold, value int32
		if t < len(w.Classes) {
			feature, threshold = w.feature[base+node], w.threshold[base+node]
		}
		if x != nil {
			value = x[feature]
		}
		l, bit, difference := &w.levels[d], int32(1), value-threshold
		if difference < 0 {
			bit, difference = 0, difference+1<<w.Bits
		}
		l.bit[at], l.feature[at], l.threshold[at], l.value[at] = bit, feature, threshold, value
		w.nodes[base+node]++
		w.inputs[i*w.row+int(feature)]++
		w.comparisons[difference]++
		node = 2*node + int(bit)
	}
	place := base + node - 1<<w.Depth
	var leaf int32
	if t < len(w.Classes) {
		leaf = w.leaf[place]
	}
	w.ending[at] = leaf
	w.leaves[place]++
	return leaf
}
