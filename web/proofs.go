package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"ayni.example/web/operator"
)

// proofMax bounds a proof's file that is uploaded: it holds a circuit, an input, an output and a proof, but no weights.
const proofMax = 16 << 20

type proofsData struct {
	Models  []operator.ProofModel
	Chosen  *operator.ProofModelDetail
	Values  []operator.VerifiedValue
	Cost    *operator.ProofCost
	Verdict *operator.Verdict
	Known   string // name of the verdict's model on this ledger
}

// proofs lists the models on the ledger, and what one of them has to show.
func (c *Console) proofs(r *http.Request) (any, error) { return c.proofsOf(r, r.FormValue("model")) }

func (c *Console) proofsOf(r *http.Request, model string) (d proofsData, err error) {
	op := c.config.Operator
	if d.Models, err = op.ProofModels(r.Context()); err != nil || model == "" {
		return d, err
	}
	chosen, err := op.ProofModel(r.Context(), model)
	if err != nil {
		return d, err
	}
	d.Chosen = &chosen
	d.Values, err = op.VerifiedValues(r.Context(), model)
	return d, err
}

// proofCost measures a proof on this machine, if it has the model's weights.
func (c *Console) proofCost(r *http.Request) (any, error) {
	model := r.PathValue("id")
	d, err := c.proofsOf(r, model)
	if err != nil {
		return d, err
	}
	cost, err := c.config.Operator.MeasureProof(r.Context(), model)
	d.Cost = &cost
	if err != nil {
		d.Cost = nil
	}
	return d, err
}

// checkProof verifies an uploaded file, one at a time.
func (c *Console) checkProof(r *http.Request) (any, error) {
	d, err := c.proofsOf(r, "")
	if err != nil {
		return d, err
	}
	select {
	case c.checking <- struct{}{}:
		defer func() { <-c.checking }()
	case <-r.Context().Done():
		return d, r.Context().Err()
	}
	file, err := uploaded(r, "proof")
	if err != nil {
		return d, err
	}
	verdict, err := c.config.Operator.Verify(r.Context(), file, nil, nil)
	if err != nil {
		return d, err
	}
	d.Verdict = &verdict
	if i := slices.IndexFunc(d.Models, func(m operator.ProofModel) bool { return m.ID == verdict.ID }); i >= 0 {
		d.Known = d.Models[i].Name
	}
	return d, nil
}

// errUpload refuses a form without the file.
var errUpload = errors.New("no file came with the form")

// uploaded reads the file of a form as it comes; nothing touches the disk.
func uploaded(r *http.Request, field string) ([]byte, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, proofMax) // the whole form, other parts included
	form, err := r.MultipartReader()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUpload, err)
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, errUpload
		}
		if err != nil {
			return nil, tooLong(err)
		}
		if part.FormName() != field {
			continue
		}
		raw, err := io.ReadAll(part)
		if err != nil {
			return nil, tooLong(err)
		}
		if len(raw) == 0 {
			return nil, errUpload
		}
		return raw, nil
	}
}

func tooLong(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fmt.Errorf("the file is longer than %d MiB: check it with `ayni verify`", proofMax>>20)
	}
	return fmt.Errorf("%w: %w", errUpload, err)
}

// firstOf prints the first of a list of integers.
func firstOf(list []int32) string {
	const most = 8
	text := strings.Trim(fmt.Sprint(list[:min(most, len(list))]), "[]")
	if len(list) > most {
		text += fmt.Sprintf(" … (%d)", len(list))
	}
	return text
}
