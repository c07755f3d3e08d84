package prover

import (
	"ayni.example/zk/circuit"
	"ayni.example/zk/field"
	"ayni.example/zk/lookup"
)

// memory is kept from proof to proof: to have it made, cleared and collected is a fifth of the time of one without.
type memory struct {
	tree    lookup.Prover
	witness []field.Element
	vector  field.Vec // at one time the leaves, at another the functional of the witness
}

// numbers is the witness' stack: what a proof before left there is overwritten, but for zeros behind it.
func (m *memory) numbers(n int) []field.Element {
	if len(m.witness) != n {
		m.witness = make([]field.Element, n)
	}
	return m.witness
}

// zeros is a vector of so many blocks.
func (m *memory) zeros(blocks int) field.Vec {
	v := m.reserve(blocks)
	clear(v)
	return v
}

// leaves has room for those of all blocks.
func (m *memory) leaves(p *circuit.Plan) field.Vec {
	n := 0
	for _, b := range p.Blocks {
		n += (1<<b.Bits + field.Lanes - 1) / field.Lanes
	}
	return m.reserve(n)
}

func (m *memory) reserve(blocks int) field.Vec {
	if len(m.vector) < blocks {
		m.vector = make(field.Vec, blocks)
	}
	return m.vector[:blocks:blocks]
}
