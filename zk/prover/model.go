package prover

import (
	"fmt"
	"io"

	"ayni.example/zk/circuit"
	"ayni.example/zk/claim"
	"ayni.example/zk/commit"
	"ayni.example/zk/field"
)

// Config is what a model is made of.
type Config struct {
	Circuit    *circuit.Circuit
	Weights    circuit.Weights
	Parameters commit.Parameters
	Random     io.Reader // where the parameters hide weights or witness; may be nil where they do not
	// Progress, if set, is called at the end of each section of a proof with the length so far.
	Progress func(section string, length int)
}

// Model is a circuit and its committed weights, ready to prove. It is for one proof at a time.
type Model struct {
	circuit    *circuit.Circuit
	values     circuit.Weights
	plan       *circuit.Plan
	parameters commit.Parameters
	random     io.Reader
	progress   func(section string, length int)
	scheme     *commit.Scheme
	commitment *commit.Commitment
	blocks     []claim.Block
	tensors    map[int]*weight
	tables     tables
	memory     memory
}

// New commits to the weights.
func New(cfg Config) (*Model, error) {
	plan, err := cfg.Circuit.Plan()
	if err != nil {
		return nil, err
	}
	if err := cfg.Circuit.Check(cfg.Weights); err != nil {
		return nil, err
	}
	scheme, err := commit.NewScheme(cfg.Parameters)
	if err != nil {
		return nil, err
	}
	columns := int(cfg.Parameters.Weights.Columns)
	progress := cfg.Progress
	if progress == nil {
		progress = func(string, int) {}
	}
	m := &Model{
		circuit: cfg.Circuit, values: cfg.Weights, plan: plan, parameters: cfg.Parameters, random: cfg.Random, progress: progress, scheme: scheme,
		blocks: claim.Blocks(plan, columns), tensors: map[int]*weight{},
	}
	if m.tables, err = newTables(plan); err != nil {
		return nil, err
	}
	stack := make([]field.Element, max(1, claim.Used(plan, &plan.Weights)))
	for _, tensor := range plan.Weights.Order {
		place := &plan.Tensors[tensor]
		part := stack[place.Offset:][:place.Size()]
		fill(part, place, cfg.Weights[tensor])
		m.tensors[tensor] = newWeight(place, part, cfg.Weights[tensor].Int8 != nil, columns)
	}
	if m.commitment, err = scheme.CommitWeights(stack, cfg.Random); err != nil {
		return nil, fmt.Errorf("commit to the weights: %w", err)
	}
	return m, nil
}

// Root is the commitment to the weights.
func (m *Model) Root() [32]byte { return m.commitment.Root() }

// Circuit is what the model computes.
func (m *Model) Circuit() *circuit.Circuit { return m.circuit }

// Parameters are those of the model's proofs.
func (m *Model) Parameters() commit.Parameters { return m.parameters }

// fill writes a tensor's values where its padded lengths have them.
func fill(dst []field.Element, place *circuit.Place, v circuit.Values) {
	spread(place, func(at, from int) {
		if v.Int8 != nil {
			dst[at] = field.BaseInt(int64(v.Int8[from]))
		} else {
			dst[at] = field.BaseInt(int64(v.Int32[from]))
		}
	})
}

// spread calls f for each real position of a tensor, in order, with where it lies among the padded ones.
func spread(place *circuit.Place, f func(at, from int)) {
	index := make([]int, len(place.Axes))
	for from := 0; ; from++ {
		at := 0
		for k, i := range index {
			at = at<<place.Bits[k] + i
		}
		f(at, from)
		k := len(index) - 1
		for ; k >= 0; k-- {
			if index[k]++; index[k] < place.Axes[k] {
				break
			}
			index[k] = 0
		}
		if k < 0 {
			return
		}
	}
}
