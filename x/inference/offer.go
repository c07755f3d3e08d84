package inference

import (
	"slices"

	"ayni.example/x/credit"
	"ayni.example/x/internal/bound"
)

// Capabilities are what an offer may promise to do.
func Capabilities() []string {
	return []string{"completion", "chat", "embedding", "tools", "vision", "json_schema", "logprobs"}
}

// Assurances are the ways in which an answer may be vouched for, from the weakest.
func Assurances() []string {
	return []string{"signed", "sampled", "exact", "attested", "proved"}
}

// Validate checks the entry without any state; provider and height are the ledger's to set.
func (o Offer) Validate() error {
	for _, err := range []error{
		bound.Length("model digest", o.Model, DigestSize),
		bound.Word("offer name", o.Name, nameChars, nameMax),
		bound.Text("engine", o.Engine, wordMax),
		known("capabilities", o.Capabilities, Capabilities()),
		known("assurances", o.Assurances, Assurances()),
	} {
		if err != nil {
			return ErrInvalid.Wrap(err.Error())
		}
	}
	if err := credit.CheckAmount("price of input", o.PriceInput); err != nil {
		return err
	}
	if err := credit.CheckAmount("price of output", o.PriceOutput); err != nil {
		return err
	}
	if o.Context == 0 || o.Context > contextMax {
		return ErrInvalid.Wrapf("context of %d tokens is not 1 to %d", o.Context, contextMax)
	}
	return nil
}

// Serves checks what the offer promises against what is known of its model: weights that nobody has seen can neither be run
// again nor proved.
func (o Offer) Serves(m Model) error {
	for _, a := range o.Assurances {
		if m.Opaque && a != "signed" && a != "attested" {
			return ErrInvalid.Wrapf("an opaque model cannot have the assurance %s", a)
		}
	}
	return nil
}

// known tells whether list has at least one word, none twice, all of them in words.
func known(field string, list, words []string) error {
	if len(list) == 0 {
		return ErrInvalid.Wrapf("no %s", field)
	}
	for _, w := range list {
		if !slices.Contains(words, w) {
			return ErrInvalid.Wrapf("%s are of %v, not %.32q", field, words, w)
		}
	}
	return bound.Distinct(field, list, len(words))
}
