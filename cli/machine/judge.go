package machine

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"

	"ayni.example/web/operator"
	"ayni.example/x/zkml"
	"ayni.example/zk/answer"
)

// Reasons for which an answer's proof is refused, besides those of package zk/verifier.
var (
	errModel   = errors.New("model")
	errBinding = errors.New("binding")
)

// JudgeAnswer verifies an answer's file. model is the id that the reader expects, "" for any; bits is the soundness that is
// demanded, 0 for the default.
func JudgeAnswer(raw []byte, model string, bits int) operator.Verdict {
	v := operator.Verdict{Kind: "answer"}
	a, err := answer.Decode(raw)
	if err == nil {
		v.ID = hex.EncodeToString(zkml.ID(a.Circuit, a.Root, a.Parameters))
		err = judgeAnswer(&v, a, model, bits)
	}
	if err != nil {
		v.Refused = err.Error()
	}
	v.OK = err == nil
	return v
}

func judgeAnswer(v *operator.Verdict, a *answer.Answer, model string, bits int) error {
	if model != "" && model != v.ID {
		return fmt.Errorf("%w: the file is of model %s, not %s", errModel, v.ID, model)
	}
	table, err := a.Verify(bits)
	if err != nil {
		return err
	}
	v.Verdicts = append(v.Verdicts, operator.Finding{Name: "proved", Detail: fmt.Sprintf(
		"model %s gives %s for the input of %d integers with digest %x; a false proof passes with a chance of at most 2^-%d for each try",
		v.ID, few(answer.Flat(a.Output)), len(answer.Flat(a.Input)), zkml.InputDigest(answer.Flat(a.Input)), table.Bits())})
	if model != "" {
		v.Verdicts = append(v.Verdicts, operator.Finding{Name: "model", Detail: "it is the model that you named"})
	} else {
		v.NotChecked = append(v.NotChecked, "no model was named (--model ID), so whether it is the one you mean: anyone can make up a model and prove its answers")
	}
	if !a.Use.Is() {
		v.NotChecked = append(v.NotChecked, fmt.Sprintf("what the proof is bound to, which only its receiver knows: %q", hex.EncodeToString(a.Binding)))
	} else if err := judgeUse(v, a); err != nil {
		return err
	}
	v.NotChecked = append(v.NotChecked, "whether the input is true, and how good the model is: a proof says nothing of either")
	return nil
}

// judgeUse compares what the file says the proof is for with what it is bound to.
func judgeUse(v *operator.Verdict, a *answer.Answer) error {
	bound := zkml.Binding(a.Use.Chain, zkml.ID(a.Circuit, a.Root, a.Parameters), a.Use.Submitter, a.Use.Context, a.Use.Nonce)
	if !bytes.Equal(bound[:], a.Binding) {
		return fmt.Errorf("%w: the proof is not bound to the ledger, account, context and nonce that the file names", errBinding)
	}
	v.Verdicts = append(v.Verdicts, operator.Finding{Name: "bound", Detail: fmt.Sprintf("to ledger %s, account 0x%x, context %q, nonce %d",
		a.Use.Chain, a.Use.Submitter, readable(a.Use.Context), a.Use.Nonce)})
	v.NotChecked = append(v.NotChecked, "whether the ledger has verified it: `ayni proof value MODEL SUBMITTER CONTEXT` proves that")
	return nil
}

// few prints the first integers of a list.
func few(list []int32) string {
	const most = 16
	if len(list) <= most {
		return fmt.Sprint(list)
	}
	return fmt.Sprintf("%v and %d more", list[:most], len(list)-most)
}
