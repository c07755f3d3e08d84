package proved

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"ayni.example/inference/prediction"
	"ayni.example/x/zkml"
	"ayni.example/zk/answer"
)

// ErrProof marks an answer that its proof does not prove.
var ErrProof = errors.New("the proof does not hold")

// Check verifies that a text answers a question with a proof for the model of a digest. Nothing else is needed: the digest
// binds circuit, weights and parameters, which the proof brings along.
func Check(digest, question string, text []byte) error {
	input, binding, err := prediction.ReadQuestion(question)
	if err != nil {
		return err
	}
	said, err := prediction.ReadAnswer(text)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	proof, err := answer.Decode(said.Proof)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	id := hex.EncodeToString(zkml.ID(proof.Circuit, proof.Root, proof.Parameters))
	switch {
	case id != digest:
		return fmt.Errorf("%w: it is for model %s", ErrProof, id)
	case !slices.Equal(answer.Flat(proof.Input), input) || !bytes.Equal(proof.Binding, binding):
		return fmt.Errorf("%w: it is for another question", ErrProof)
	case !slices.Equal(answer.Flat(proof.Output), said.Output):
		return fmt.Errorf("%w: it is for another output", ErrProof)
	}
	if _, err := proof.Verify(0); err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	return nil
}
