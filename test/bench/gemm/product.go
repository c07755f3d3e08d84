package main

import "ayni.example/tensor"

// roundWork is the operations of one turn, some 40 ms.
const roundWork = 8e9

// shape is a product of an m x k and a k x n matrix. Training has three kinds: forward multiplies by transposed weights,
// the gradient of the input by weights, and the gradient of the weights has the tokens as k, with the left transposed.
type shape struct {
	name                     string
	m, n, k                  int
	transposedA, transposedB bool
}

func (s shape) operations() float64 { return 2 * float64(s.m) * float64(s.n) * float64(s.k) }

// cases are the products of a training step of the starter model over 2,048 tokens, and a large square.
func cases() []shape {
	var out []shape
	const tokens = 2048
	for _, w := range [][2]int{{192, 192}, {96, 192}, {512, 192}, {192, 512}, {2048, 192}} {
		out = append(out, shape{name: "forward", m: tokens, n: w[0], k: w[1], transposedB: true})
		out = append(out, shape{name: "input gradient", m: tokens, n: w[1], k: w[0]})
		out = append(out, shape{name: "weight gradient", m: w[0], n: w[1], k: tokens, transposedA: true})
	}
	return append(out, shape{name: "square", m: 1024, n: 1024, k: 1024})
}

// product is our side.
type product struct {
	pool    *tensor.Pool
	c, a, b tensor.View
}

func newProduct(s shape) *product {
	matrix := func(rows, cols int, transposed bool) tensor.View {
		if transposed {
			return matrixOf(cols, rows).T()
		}
		return matrixOf(rows, cols)
	}
	return &product{tensor.NewPool(1), matrix(s.m, s.n, false), matrix(s.m, s.k, s.transposedA), matrix(s.k, s.n, s.transposedB)}
}

// matrixOf has numbers between 0 and 1.
func matrixOf(rows, cols int) tensor.View {
	data := make([]float32, rows*cols)
	for i := range data {
		data[i] = float32(i*7919%1021) / 1021
	}
	return tensor.RowMajor(data, rows, cols)
}

func (p *product) run(repeat int) {
	for range repeat {
		tensor.Gemm(p.pool, p.c, p.a, p.b, false)
	}
}
