package machine

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"ayni.example/inference/engine/proved"
	"ayni.example/web/operator"
	"ayni.example/x/zkml"
	"ayni.example/zk/bundle"
	"ayni.example/zk/prover"
	"ayni.example/zk/verifier"
)

// costRounds is how often a proof is made to measure it.
const costRounds = 5

// MeasureProof implements operator.Proving.
func (m *Machine) MeasureProof(ctx context.Context, id string) (operator.ProofCost, error) {
	raw, err := modelID(id)
	if err != nil {
		return operator.ProofCost{}, err
	}
	if !m.measuring.TryLock() {
		return operator.ProofCost{}, advice(errors.New("another proof is being measured"), "ask again in a moment")
	}
	defer m.measuring.Unlock()
	b, err := m.provable(ctx, raw)
	if err != nil {
		return operator.ProofCost{}, err
	}
	return measureProof(ctx, b, m.now)
}

// provable is the model file of an id among those that this machine answers with.
func (m *Machine) provable(ctx context.Context, id []byte) (*bundle.Bundle, error) {
	files, err := filepath.Glob(filepath.Join(m.config.Home.Provable(), "*"+proved.Suffix))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b, err := bundle.Load(file)
		if err != nil { // the engine's log tells of it
			continue
		}
		if bytes.Equal(id, zkml.ID(b.Circuit, b.Root, b.Parameters)) {
			return b, nil
		}
	}
	return nil, advice(fmt.Errorf("this machine does not have the weights of model %x", id), "`ayni zkml add FILE` has it answer with a model")
}

// measureProof proves the answer to an input of zeros. The proofs are thrown away, so nobody learns of the weights by them.
func measureProof(ctx context.Context, b *bundle.Bundle, now func() time.Time) (operator.ProofCost, error) {
	clock := func(do func() error) (float64, error) {
		began := now()
		err := do()
		return now().Sub(began).Seconds(), err
	}
	plan, err := b.Circuit.Plan()
	if err != nil {
		return operator.ProofCost{}, err
	}
	s := verifier.Statement{Circuit: b.Circuit, Weights: b.Root, Parameters: b.Parameters, Input: zeros(b)}
	cost := operator.ProofCost{Rounds: costRounds}
	var made *prover.Model
	if cost.Commit, err = clock(func() (err error) { made, err = b.Prover(rand.Reader); return err }); err != nil {
		return cost, err
	}
	var times [3][]float64
	for range costRounds {
		if err := ctx.Err(); err != nil {
			return cost, err
		}
		var proof []byte
		for i, do := range []func() error{
			func() error { _, err := plan.EvaluateChecked(b.Weights, s.Input); return err },
			func() (err error) { proof, s.Output, err = made.Prove(nil, s.Input); return err },
			func() error { return verifier.Verify(s, proof) },
		} {
			took, err := clock(do)
			if err != nil {
				return cost, fmt.Errorf("measure: %w", err)
			}
			times[i] = append(times[i], took)
		}
		cost.Bytes = max(cost.Bytes, uint64(len(proof)))
	}
	for i := range times {
		slices.Sort(times[i])
	}
	cost.Infer, cost.Prove, cost.Verify = times[0][costRounds/2], times[1][costRounds/2], times[2][costRounds/2]
	return cost, nil
}

// zeros is an input of them, or of what the circuit takes that is nearest.
func zeros(b *bundle.Bundle) [][]int32 {
	inputs := b.Circuit.Inputs()
	out := make([][]int32, len(inputs))
	for i, id := range inputs {
		n := 1
		for _, axis := range b.Circuit.Tensors[id].Axes {
			n *= axis
		}
		out[i] = make([]int32, n)
		low, high := b.Circuit.Range(id)
		for k := range out[i] {
			out[i][k] = min(max(0, low), high)
		}
	}
	return out
}
