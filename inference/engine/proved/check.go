package proved

import (
	"fmt"
	"math"

	"ayni.example/inference/engine"
	"ayni.example/inference/prediction"
	"ayni.example/zk/circuit"
	"ayni.example/zk/commit"
	"ayni.example/zk/verifier"
)

// Model is what a verifier must know of a model, as the ledger has it.
type Model struct {
	Circuit    *circuit.Circuit
	Root       [32]byte
	Parameters commit.Parameters
}

// Check verifies that a text answers a question with a proof.
func Check(m Model, question string, text []byte) error {
	input, binding, err := prediction.ReadQuestion(question)
	if err != nil {
		return err
	}
	answer, err := prediction.ReadAnswer(text)
	if err != nil {
		return err
	}
	s := verifier.Statement{Circuit: m.Circuit, Weights: m.Root, Parameters: m.Parameters, Binding: binding}
	if s.Input, err = tensors(m.Circuit, m.Circuit.Inputs(), input); err != nil {
		return err
	}
	if s.Output, err = tensors(m.Circuit, m.Circuit.Outputs(), answer.Output); err != nil {
		return err
	}
	if err := verifier.Verify(s, answer.Proof); err != nil {
		return fmt.Errorf("verify the prediction: %w", err)
	}
	return nil
}

// tensors cuts a list of integers by the lengths of the circuit's tensors.
func tensors(c *circuit.Circuit, ids []int, flat []int64) ([][]int32, error) {
	lengths, total := make([]int, len(ids)), 0
	for i, id := range ids {
		lengths[i] = 1
		for _, n := range c.Tensors[id].Axes {
			lengths[i] *= n
		}
		total += lengths[i]
	}
	if len(flat) != total {
		return nil, engine.Errorf(engine.Invalid, "%d numbers, the model has %d", len(flat), total).WithParam("input").
			WithHint("`ayni zkml describe MODEL` shows its inputs")
	}
	out := make([][]int32, len(ids))
	for i, n := range lengths {
		out[i] = make([]int32, n)
		for j, x := range flat[:n] {
			if x < math.MinInt32 || x > math.MaxInt32 {
				return nil, engine.Errorf(engine.Invalid, "number %d is out of range", x).WithParam("input")
			}
			out[i][j] = int32(x)
		}
		flat = flat[n:]
	}
	return out, nil
}

func flat(tensors [][]int32) []int64 {
	var out []int64
	for _, values := range tensors {
		for _, x := range values {
			out = append(out, int64(x))
		}
	}
	return out
}
