package grad

// gradients are sums over the targets since the last Apply, in memory laid out as the weights are.
type gradients struct {
	weights             // nil where the network is frozen
	lookup  []float32   // of the embedding as an input; a sum of its own, so that no order mixes with the output's
	lora    [][]adapter // as adapters.layers
	list    [][]float32 // of the trainable parameters, in the order of Params
	tied    bool
}

func newGradients(m *Model) *gradients {
	s := m.shape
	g := &gradients{tied: !s.Untied}
	if m.lora != nil {
		g.layers = make([]layer, s.Layers)
		g.adapters(m.lora)
		return g
	}
	memory := make([]float32, s.Elements())
	g.weights = s.bind(memory)
	for _, d := range s.specs() {
		n := d.rows * d.cols
		g.list = append(g.list, memory[:n:n])
		memory = memory[n:]
	}
	g.lookup = g.embedding
	if g.tied {
		g.lookup = make([]float32, s.Vocab*s.Width)
	}
	return g
}

func (g *gradients) adapters(l *adapters) {
	for _, layer := range l.layers {
		list := make([]adapter, len(layer))
		for j, a := range layer {
			if a.a == nil {
				continue
			}
			list[j] = adapter{a: make([]float32, len(a.a)), b: make([]float32, len(a.b))}
			g.list = append(g.list, list[j].a, list[j].b)
		}
		g.lora = append(g.lora, list)
	}
}

// reset starts the next sum.
func (g *gradients) reset() {
	for _, x := range g.list {
		clear(x)
	}
	if g.tied {
		clear(g.lookup)
	}
}
