package record

import (
	"fmt"

	"ayni.example/tensor"
	"ayni.example/tensor/trace"
)

// State is a state with its root. It reads the tensors that it was made of when a tile is opened: they must stay.
type State struct {
	program *trace.Program
	*commitment
}

// NewState commits to tensors in the order of trace.Program.Before: of each parameter data, first and second moment.
func NewState(pool *tensor.Pool, p *trace.Program, data [][]float32) (*State, error) {
	list := make([]trace.Tensor, p.State())
	if len(data) != len(list) {
		return nil, fmt.Errorf("commit to a state: %d tensors, the program has %d", len(data), len(list))
	}
	for i := range list {
		list[i] = p.Before(i)
		if len(data[i]) != list[i].Rows*list[i].Cols {
			return nil, fmt.Errorf("commit to a state: %s has %d numbers, want %d x %d", list[i].Name, len(data[i]), list[i].Rows, list[i].Cols)
		}
	}
	return &State{program: p, commitment: commit(pool, list, data)}, nil
}

// StateRoot is the root of a state alone: tensors are the shapes of data.
func StateRoot(pool *tensor.Pool, tensors []trace.Tensor, data [][]float32) trace.Hash {
	roots := make([]trace.Hash, len(tensors))
	for i := range tensors {
		roots[i] = hashTiles(pool, &tensors[i], data[i]).Root()
	}
	return trace.Root(roots)
}

// Root is the state's root.
func (s *State) Root() trace.Hash { return s.top.Root() }

// Tensors are those that the state was made of.
func (s *State) Tensors() [][]float32 { return s.data }

// Open shows a tile of the state, as an operand of source Before or After.
func (s *State) Open(o trace.Operand) (trace.Opening, error) {
	if _, err := s.program.Lookup(o); err != nil {
		return trace.Opening{}, err
	}
	if o.Source != trace.Before && o.Source != trace.After {
		return trace.Opening{}, fmt.Errorf("%w: source %d is not of a state", trace.ErrPlace, o.Source)
	}
	return s.open(o.Tensor, o.Tile), nil
}

// Children are the hashes below a node of the state.
func (s *State) Children(n trace.Node) ([]trace.Hash, error) { return s.children(n) }
