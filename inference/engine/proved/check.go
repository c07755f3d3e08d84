package proved

import (
	"ayni.example/inference/engine"
	"ayni.example/inference/prediction"
	"ayni.example/x/zkml"
	"ayni.example/zk/circuit"
)

// Check verifies that a text answers a question with a proof against a model as the ledger has it. The error is zkml.ErrProof
// where the proof is wrong.
func Check(scheme *zkml.Scheme, root []byte, question string, text []byte) error {
	input, binding, err := prediction.ReadQuestion(question)
	if err != nil {
		return err
	}
	answer, err := prediction.ReadAnswer(text)
	if err != nil {
		return err
	}
	return scheme.Verify(root, binding, input, answer.Output, answer.Proof)
}

// split cuts a list of integers by the lengths of the circuit's inputs.
func split(c *circuit.Circuit, flat []int32) ([][]int32, error) {
	var out [][]int32
	have, need := len(flat), 0
	for _, id := range c.Inputs() {
		n := 1
		for _, length := range c.Tensors[id].Axes {
			n *= length
		}
		need += n
		out = append(out, flat[:min(n, len(flat))])
		flat = flat[min(n, len(flat)):]
	}
	if have != need {
		return nil, engine.Errorf(engine.Invalid, "%d numbers, the model takes %d", have, need).WithParam("input").
			WithHint("`ayni zkml describe MODEL` shows its inputs")
	}
	return out, nil
}

func flat(tensors [][]int32) []int32 {
	var out []int32
	for _, values := range tensors {
		out = append(out, values...)
	}
	return out
}
