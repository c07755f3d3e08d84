package grad

// Gradients are the sums of the trainable parameters, in the order of Params, before Apply.
func (t *Trainer) Gradients() [][]float32 {
	g := t.back.g
	list := make([][]float32, len(g.list))
	for i, x := range g.list {
		list[i] = append([]float32(nil), x...)
	}
	if g.tied && g.lookup != nil {
		for i, v := range g.lookup {
			list[0][i] += v
		}
	}
	return list
}
