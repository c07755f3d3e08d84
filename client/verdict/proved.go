package verdict

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"ayni.example/receipt"
	"ayni.example/x/zkml"
	"ayni.example/zk/answer"
)

// Proved is the verdict on an answer whose proof holds.
const Proved = "proved"

// checkProved verifies the proof in the answer to a prediction. The receipt's digest of the model binds circuit, weights and
// parameters, so that nothing of the ledger is needed.
func checkProved(r receipt.Receipt, report receipt.Report, held receipt.Held, v *Verdict) error {
	if r.Assurance != receipt.Proved {
		return nil
	}
	if report.Answer == receipt.NotCompared {
		v.open("the answer was not given, so its proof was not verified")
		return nil
	}
	var said struct {
		Output []int32 `json:"output"`
		Proof  []byte  `json:"proof"`
	}
	if err := json.Unmarshal(held.Answer, &said); err != nil {
		return fmt.Errorf("%w: the answer has no proof: %w", receipt.ErrProof, err)
	}
	proof, err := answer.Decode(said.Proof)
	if err != nil {
		return fmt.Errorf("%w: %w", receipt.ErrProof, err)
	}
	if id := hex.EncodeToString(zkml.ID(proof.Circuit, proof.Root, proof.Parameters)); id != r.ModelDigest {
		return fmt.Errorf("%w: it is for model %s, the receipt for %s", receipt.ErrProof, id, r.ModelDigest)
	}
	if !slices.Equal(answer.Flat(proof.Output), said.Output) {
		return fmt.Errorf("%w: it is for another output", receipt.ErrProof)
	}
	table, err := proof.Verify(0)
	if err != nil {
		return fmt.Errorf("%w: %w", receipt.ErrProof, err)
	}
	if report.Request == receipt.NotCompared {
		v.open("the request was not given, so the proof's input was not compared with it")
	} else if err := checkInput(proof, held.Request); err != nil {
		return err
	}
	v.found(Proved, "model %s gives this output, as a proof of %d bits shows", r.ModelDigest, table.Bits())
	return nil
}

// checkInput compares what was proved with what was asked.
func checkInput(proof *answer.Answer, request []byte) error {
	var asked struct {
		Input   []int32 `json:"input"`
		Binding string  `json:"binding"`
	}
	if err := json.Unmarshal(request, &asked); err != nil {
		return fmt.Errorf("%w: the request is no prediction's: %w", receipt.ErrProof, err)
	}
	binding, err := hex.DecodeString(asked.Binding)
	if err != nil || !slices.Equal(answer.Flat(proof.Input), asked.Input) || !slices.Equal(proof.Binding, binding) {
		return fmt.Errorf("%w: it is for another question", receipt.ErrProof)
	}
	return nil
}
