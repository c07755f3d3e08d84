package main

import "github.com/consensys/gnark/frontend"

// product is y = Wx with public y.
type product struct {
	W [][]frontend.Variable
	X []frontend.Variable
	Y []frontend.Variable `gnark:",public"`
}

func newProduct(n int) *product {
	p := &product{W: make([][]frontend.Variable, n), X: make([]frontend.Variable, n), Y: make([]frontend.Variable, n)}
	for i := range p.W {
		p.W[i] = make([]frontend.Variable, n)
	}
	return p
}

// Define adds a constraint for each product and one for each sum.
func (p *product) Define(api frontend.API) error {
	for i, row := range p.W {
		var sum frontend.Variable = 0
		for j, w := range row {
			sum = api.Add(sum, api.Mul(w, p.X[j]))
		}
		api.AssertIsEqual(sum, p.Y[i])
	}
	return nil
}
