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
	out := make([][]int32, len(ids))
	for i, id := range ids {
		n := 1
		for _, length := range c.Tensors[id].Axes {
			n *= length
		}
		if n > len(flat) {
			return nil, wrongLength(c, ids, len(flat))
		}
		out[i] = make([]int32, n)
		for j, x := range flat[:n] {
			if x < math.MinInt32 || x > math.MaxInt32 {
				return nil, engine.Errorf(engine.Invalid, "number %d is out of range", x).WithParam("input")
			}
			out[i][j] = int32(x)
		}
		flat = flat[n:]
	}
	if len(flat) > 0 {
		return nil, engine.Errorf(engine.Invalid, "%d numbers too many", len(flat)).WithParam("input")
	}
	return out, nil
}

func wrongLength(c *circuit.Circuit, ids []int, have int) error {
	total := 0
	for _, id := range ids {
		n := 1
		for _, length := range c.Tensors[id].Axes {
			n *= length
		}
		total += n
	}
	return engine.Errorf(engine.Invalid, "the model takes or gives %d numbers", total).WithParam("input").
		WithHint(fmt.Sprintf("there are too few from place %d on", have))
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
