package cli

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/web/operator"
	"ayni.example/x/zkml"
	"ayni.example/zk/bundle"
)

const zkmlHelp = `Models whose answers can be proved: committed weights, run through a public integer circuit on an input, give an output.

  ayni zkml compile MODEL.onnx --calibration ROWS   make a model file of a float model
  ayni prove FILE --input ROW                       run it on a row and prove the answer
  ayni verify PROOF --model ID                      check the proof, offline
  ayni zkml add FILE                                answer with it at /v1/predictions
  ayni zkml register FILE --price P                 enter the model on the ledger
  ayni prove FILE --input ROW --ledger, then ayni zkml submit PROOF    have the ledger verify an answer

The model file holds the weights: keep it. What others need to check proofs is the model's id.`

func (a *app) zkml() *cobra.Command {
	cmd := &cobra.Command{Use: "zkml", Short: "Models whose answers can be proved", Long: zkmlHelp}
	cmd.AddCommand(a.zkmlCompile(), a.zkmlDescribe(), a.zkmlSoundness(), a.zkmlAdd(), a.zkmlList(), a.zkmlQuote(), a.zkmlRegister(), a.zkmlUpdate(), a.zkmlRetire(), a.zkmlSubmit(), a.zkmlValues())
	return cmd
}

// bundleID is the model's id, on every ledger alike.
func bundleID(b *bundle.Bundle) string {
	return hex.EncodeToString(zkml.ID(b.Circuit, b.Root, b.Parameters))
}

// modelIn is the id that a word names: of a model file, or itself.
func modelIn(word string) (string, error) {
	if len(word) == 2*zkml.DigestSize && !strings.ContainsAny(word, "./") {
		return word, nil
	}
	b, err := bundle.Load(word)
	if err != nil {
		return "", hint(err, "name a model file, or an id from `ayni zkml list`")
	}
	return bundleID(b), nil
}

func (a *app) zkmlList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the models on the ledger", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			models, err := remote.ProofModels(cmd.Context())
			if err != nil {
				return advise(err)
			}
			t := table{header: []string{"NAME", "PRICE", "HEIGHT", "STATE", "ID"}, empty: "no model is registered; `ayni zkml register FILE` enters one"}
			for _, m := range models {
				state := "open"
				if m.Retired {
					state = "retired"
				}
				t.rows = append(t.rows, []string{m.Name, m.Price, strconv.FormatInt(m.Height, 10), state, m.ID})
			}
			return a.print(models, t)
		},
	}
}

func (a *app) zkmlQuote() *cobra.Command {
	return &cobra.Command{
		Use: "quote ID|FILE", Short: "Print what a proof of a model costs: the owner's price, and the ledger's fee for verifying it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := modelIn(args[0])
			if err != nil {
				return err
			}
			remote, err := a.remote()
			if err != nil {
				return err
			}
			m, err := remote.ProofModel(cmd.Context(), id)
			if err != nil {
				return advise(err)
			}
			return a.print(m.Quote, table{rows: append([][]string{{"model", m.Name}}, quoteRows(m.Quote)...)})
		},
	}
}

func quoteRows(q operator.ProofQuote) [][]string {
	return [][]string{
		{"the owner's price", q.Price + " credits"},
		{"the ledger's fee, at most", q.Fee + " credits"},
		{"gas, at most", strconv.FormatUint(q.Gas, 10)},
		{"longest proof", size(int64(q.Bytes))},
		{"verifying", fmt.Sprintf("%d rounds, %d columns, %d blocks of SHA-256, %d multiplications", q.Rounds, q.Queries, q.Hashes, q.Products)},
	}
}

func (a *app) zkmlValues() *cobra.Command {
	return &cobra.Command{
		Use: "values ID|FILE", Short: "List what the ledger has verified of a model", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := modelIn(args[0])
			if err != nil {
				return err
			}
			remote, err := a.remote()
			if err != nil {
				return err
			}
			values, err := remote.VerifiedValues(cmd.Context(), id)
			if err != nil {
				return advise(err)
			}
			t := table{header: []string{"CONTEXT", "OUTPUT", "SUBMITTER", "NONCE", "HEIGHT", "TIME"}, empty: "the ledger has verified no answer of this model"}
			for _, v := range values {
				t.rows = append(t.rows, []string{strconv.Quote(v.Context), integers(v.Output), short(v.Submitter), strconv.FormatUint(v.Nonce, 10), strconv.FormatInt(v.Height, 10), date(v.Time)})
			}
			return a.print(values, t)
		},
	}
}

// integers prints the first of a list.
func integers(list []int32) string {
	const most = 10
	words := make([]string, 0, most)
	for _, v := range list[:min(most, len(list))] {
		words = append(words, strconv.Itoa(int(v)))
	}
	if len(list) > most {
		words = append(words, fmt.Sprintf("and %d more", len(list)-most))
	}
	return strings.Join(words, " ")
}
