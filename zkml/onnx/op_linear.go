package onnx

import "fmt"

// opGemm is alpha A B + beta C, with A and B transposed on request.
func opGemm(c *call) ([]*Tensor, error) {
	a, err := c.real(0)
	if err != nil {
		return nil, err
	}
	b, err := c.real(1)
	if err != nil {
		return nil, err
	}
	if len(a.Shape) != 2 || len(b.Shape) != 2 {
		return nil, fmt.Errorf("shapes %v and %v are not matrices", a.Shape, b.Shape)
	}
	if c.Int("transA", 0) != 0 {
		a = transpose(a, []int{1, 0})
	}
	if c.Int("transB", 0) != 0 {
		b = transpose(b, []int{1, 0})
	}
	out, err := c.matrix(a, b)
	if err != nil {
		return nil, err
	}
	alpha, beta := c.Float("alpha", 1), c.Float("beta", 1)
	for i := range out.Floats {
		out.Floats[i] *= alpha
	}
	bias := c.option(2)
	if bias == nil || beta == 0 {
		return []*Tensor{out}, nil
	}
	if shape, err := broadcast(out.Shape, bias.Shape); err != nil || len(shape) != 2 || shape[0] != out.Shape[0] || shape[1] != out.Shape[1] || !bias.Type.Real() {
		return nil, fmt.Errorf("bias of shape %v does not fit the product %v", bias.Shape, out.Shape)
	}
	at := indexer(bias.Shape, out.Shape)
	for i := range out.Floats {
		out.Floats[i] += float64(beta * bias.Floats[at(i)])
	}
	return []*Tensor{out}, nil
}

// matrix multiplies two matrices.
func (c *call) matrix(a, b *Tensor) (*Tensor, error) {
	n, k, m := a.Shape[0], a.Shape[1], b.Shape[1]
	if b.Shape[0] != k {
		return nil, fmt.Errorf("shapes %v and %v do not multiply", a.Shape, b.Shape)
	}
	out, err := c.make(a.Type, k, n, m)
	if err != nil {
		return nil, err
	}
	product(out.Floats, a.Floats, b.Floats, n, k, m)
	return out, nil
}

// product adds the n x k matrix a times the k x m matrix b to out. The conversion keeps a compiler from fusing, so that the
// sum has the same bits on every machine.
func product(out, a, b []float64, n, k, m int) {
	for i := range n {
		row := out[i*m : (i+1)*m]
		for j := range k {
			v := a[i*k+j]
			for x, w := range b[j*m : (j+1)*m] {
				row[x] += float64(v * w)
			}
		}
	}
}

// opMatMul multiplies matrices, the dimensions before the last two broadcast; a vector counts as a row or a column.
func opMatMul(c *call) ([]*Tensor, error) {
	a, err := c.real(0)
	if err != nil {
		return nil, err
	}
	b, err := c.real(1)
	if err != nil {
		return nil, err
	}
	if len(a.Shape) == 0 || len(b.Shape) == 0 {
		return nil, fmt.Errorf("a scalar has no rows")
	}
	left, right := a.Shape, b.Shape
	if len(left) == 1 {
		left = []int{1, left[0]}
	}
	if len(right) == 1 {
		right = []int{right[0], 1}
	}
	n, k, m := left[len(left)-2], left[len(left)-1], right[len(right)-1]
	if right[len(right)-2] != k {
		return nil, fmt.Errorf("shapes %v and %v do not multiply", a.Shape, b.Shape)
	}
	la, lb := left[:len(left)-2], right[:len(right)-2]
	batch, err := broadcast(la, lb)
	if err != nil {
		return nil, err
	}
	full := append(append([]int{}, batch...), n, m)
	out, err := c.make(a.Type, k, full...)
	if err != nil {
		return nil, err
	}
	ai, bi := indexer(la, batch), indexer(lb, batch)
	for i := range Elements(batch) {
		product(out.Floats[i*n*m:(i+1)*n*m], a.Floats[ai(i)*n*k:(ai(i)+1)*n*k], b.Floats[bi(i)*k*m:(bi(i)+1)*k*m], n, k, m)
	}
	shape := batch
	if len(a.Shape) > 1 {
		shape = append(shape, n)
	}
	if len(b.Shape) > 1 {
		shape = append(shape, m)
	}
	return []*Tensor{out.reshaped(shape)}, nil
}

// opBatchNormalization normalises each channel by given statistics, as at inference.
func opBatchNormalization(c *call) ([]*Tensor, error) {
	x, err := c.real(0)
	if err != nil {
		return nil, err
	}
	if c.Int("training_mode", 0) != 0 || c.opset < 7 && c.Int("is_test", 0) == 0 {
		return nil, unsupported("batch normalisation in training mode")
	}
	if len(x.Shape) < 2 {
		return nil, fmt.Errorf("shape %v has no channels", x.Shape)
	}
	channels, inner := x.Shape[1], Elements(x.Shape[2:])
	factor, shift, err := c.normalisation(channels)
	if err != nil {
		return nil, err
	}
	out, err := c.make(x.Type, 1, x.Shape...)
	if err != nil {
		return nil, err
	}
	for i, v := range x.Floats {
		k := i / inner % channels
		out.Floats[i] = float64(v*factor[k]) + shift[k]
	}
	return []*Tensor{out}, nil
}
