package grad

import "ayni.example/tensor"

// gradients are sums over the targets since the last Apply, in memory laid out as the weights are.
type gradients struct {
	weights             // nil where the network is frozen
	lookup  []float32   // of the embedding as an input; a sum of its own, so that no order mixes with the output's
	lora    [][]adapter // as adapters.layers, but b is transposed: [rank][out], which products write faster
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
			g.list = append(g.list, list[j].a, make([]float32, len(a.b)))
		}
		g.lora = append(g.lora, list)
	}
}

// finish completes the list when a batch has ended.
func (g *gradients) finish(m *Model) {
	if g.tied && g.lookup != nil {
		for i := range m.shape.Vocab {
			tensor.Add(row(g.embedding, i, m.shape.Width), row(g.lookup, i, m.shape.Width))
		}
	}
	next := 0
	for _, layer := range g.lora {
		for _, a := range layer {
			if a.a == nil {
				continue
			}
			b := g.list[next+1]
			out := len(b) / m.lora.rank
			for i := range b {
				b[i] = a.b[i%m.lora.rank*out+i/m.lora.rank]
			}
			next += 2
		}
	}
}

// reset starts the next sum.
func (g *gradients) reset() {
	for _, x := range g.list {
		clear(x)
	}
	for _, layer := range g.lora {
		for _, a := range layer {
			clear(a.b)
		}
	}
	if g.tied {
		clear(g.lookup)
	}
}
