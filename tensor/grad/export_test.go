package grad

// Gradients are the sums of the trainable parameters, in the order of Params. They end a batch: the next call must
// not be Apply.
func (t *Trainer) Gradients() [][]float32 {
	t.back.g.finish(t.model)
	return t.back.g.list
}
