package verifier

import (
	"fmt"

	"ayni.example/zk/circuit"
	"ayni.example/zk/claim"
	"ayni.example/zk/field"
	"ayni.example/zk/sumcheck"
	"ayni.example/zk/transcript"
)

// steps reads the values of Linear, then of Forest steps.
func (v *verification) steps() error {
	g, err := v.proof.Draw(transcript.Keys, claim.Points(v.plan))
	if err != nil {
		return refuse(ErrLinear, err)
	}
	for i, op := range v.Circuit.Operations {
		if op.Linear != nil {
			if err := v.line("linear", i, claim.Linear(v.plan, i, g, &v.products)); err != nil {
				return err
			}
		}
	}
	for i, op := range v.Circuit.Operations {
		if op.Forest != nil {
			if err := v.line("forest", i, claim.Forest(v.plan, i, g)); err != nil {
				return err
			}
		}
	}
	return nil
}

// line checks that the values of a step add up.
func (v *verification) line(tag string, operation int, line claim.Line) error {
	values, err := v.proof.Receive(tag, len(line.Entries))
	if err != nil {
		return refuse(ErrLinear, err)
	}
	sum := line.Constant
	for i := range line.Entries {
		e := &line.Entries[i]
		sum = field.Add(sum, field.Mul(e.Weight, values[i]))
		if e.Product != claim.NoProduct {
			v.values = append(v.values, values[i])
		} else if err := v.claim(*e, values[i]); err != nil {
			return err
		}
	}
	if line.Output >= 0 {
		place := &v.plan.Tensors[line.Output]
		sum = field.Sub(sum, line.Functional.OnIntegers(v.public[line.Output], place.Axes))
	}
	if sum != field.Zero() {
		return fmt.Errorf("%w: operation %d", ErrLinear, operation)
	}
	return nil
}

// sumOfProducts is one sumcheck of all products.
func (v *verification) sumOfProducts() error {
	n, list := v.products.Vars(), v.products.List
	a, err := v.proof.Challenge()
	if err != nil {
		return refuse(ErrProduct, err)
	}
	point, rest, err := sumcheck.VerifyProducts(v.proof, n, claim.Batch(a, v.values))
	if err != nil {
		return refuse(ErrProduct, err)
	}
	vars := make([]int, len(list))
	var entries [][]claim.Entry
	count := 0
	for j := range list {
		vars[j] = list[j].Vars
		entries = append(entries, list[j].Entries(point[n-list[j].Vars:]))
		count += len(entries[j])
	}
	values, err := v.proof.Receive("product", count)
	if err != nil {
		return refuse(ErrProduct, err)
	}
	var sum field.E
	for j, weight := range sumcheck.Weights(a, n, vars) {
		var read field.E
		for i := range entries[j] {
			if err := v.claim(entries[j][i], values[i]); err != nil {
				return err
			}
			if i > 0 {
				read = field.Add(read, values[i])
			}
		}
		sum = field.Add(sum, field.Mul(weight, field.Mul(values[0], read)))
		values = values[len(entries[j]):]
	}
	if sum != rest {
		return refuse(ErrProduct, errValue)
	}
	return nil
}

// forests is the operations that are one.
func forests(c *circuit.Circuit) []int {
	var list []int
	for i, op := range c.Operations {
		if op.Forest != nil {
			list = append(list, i)
		}
	}
	return list
}
