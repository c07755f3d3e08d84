package zkml_test

import (
	"errors"
	"testing"
	"time"

	"ayni.example/x/zkml"
	"ayni.example/zk/circuit"
	"ayni.example/zk/prover"
	"ayni.example/zk/soundness"
)

// hostile are circuits that are valid, or nearly, and as much work to look at as their few bytes can make.
func hostile() map[string]*circuit.Circuit {
	long := func(n int) *circuit.Circuit { // a chain of scalings of one value
		c := &circuit.Circuit{Shift: 8, Tables: []circuit.Table{{Bits: 9, Values: make([]int16, 1<<9)}}}
		c.Tensors = append(c.Tensors, circuit.Tensor{Kind: circuit.Input, Axes: []int{1}})
		for i := range n {
			kind, table := circuit.Witness, 0
			if i == n-1 {
				kind, table = circuit.Output, circuit.NoTable
			}
			c.Tensors = append(c.Tensors, circuit.Tensor{Kind: kind, Axes: []int{1}})
			c.Operations = append(c.Operations, circuit.Operation{Linear: &circuit.Linear{
				Terms: []circuit.Term{{Kind: circuit.Scale, Reading: circuit.Reading{i}, Factor: 1}}, Output: i + 1, Table: table, Factor: 1,
			}})
		}
		return c
	}
	tables := long(5)
	tables.Tables = nil
	for i := range 4 {
		tables.Tables = append(tables.Tables, circuit.Table{Bits: 20, Values: make([]int16, 1<<20)})
		tables.Operations[i].Linear.Table = i
	}
	wide := &circuit.Circuit{Shift: 8, Tensors: []circuit.Tensor{
		{Kind: circuit.Input, Axes: []int{16 << 10}}, {Kind: circuit.Weight, Axes: []int{1 << 10, 16 << 10}}, {Kind: circuit.Output, Axes: []int{1 << 10}},
	}, Operations: []circuit.Operation{{Linear: &circuit.Linear{
		Terms:  []circuit.Term{{Kind: circuit.Dense, Weight: 1, Reading: circuit.Reading{0}}},
		Output: 2, Table: circuit.NoTable, Factor: 1,
	}}}}
	return map[string]*circuit.Circuit{"long": long(3000), "tables": tables, "wide": wide}
}

// TestHostileCircuits: what few bytes can stand for is found out within what a registration is charged, and charged to proofs.
func TestHostileCircuits(t *testing.T) {
	for name, want := range map[string]error{"long": zkml.ErrCost, "tables": zkml.ErrCost, "wide": nil} {
		c := hostile()[name]
		plan, err := prover.Search(c, soundness.Goal{})
		if err != nil {
			t.Fatal(err)
		}
		encoded, start := c.Encode(), time.Now()
		s, err := zkml.NewScheme(encoded, plan.Parameters.Encode())
		if err != nil {
			t.Fatal(err)
		}
		cost, err := s.Check(zkml.DefaultParams())
		took, charged := time.Since(start), zkml.CheckGas(len(encoded))
		t.Logf("%s: %d bytes, checked in %v for %d gas; proofs %d gas", name, len(encoded), took.Round(time.Microsecond), charged, cost.Gas())
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if took > time.Duration(charged)*100 { // ten times what a unit stands for, since other tests run meanwhile
			t.Errorf("%s: %v for %d gas", name, took, charged)
		}
	}
}
