package cli

import (
	"context"
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"ayni.example/web/operator"
)

func (a *app) zkmlUpdate() *cobra.Command {
	var price, terms string
	cmd := &cobra.Command{
		Use: "update ID|FILE --price P", Short: "Change the price or the licence of a model that you registered", Args: cobra.ExactArgs(1),
		Long: `Change what the ledger says of a model that this machine's account registered: the price that you ask for a proof, or the licence.
What is not given stays.`,
		Example: "  ayni zkml update forest.ayni-model --price 0.05",
		RunE: func(cmd *cobra.Command, args []string) error {
			var req operator.UpdateModelRequest
			if cmd.Flags().Changed("price") {
				req.Price = &price
			}
			if cmd.Flags().Changed("terms") {
				req.Terms = &terms
			}
			if req.Price == nil && req.Terms == nil {
				return usage(errors.New("give --price or --terms"))
			}
			return a.updateModel(cmd.Context(), args[0], req)
		},
	}
	cmd.Flags().StringVar(&price, "price", "", "credits that you ask for a proof")
	cmd.Flags().StringVar(&terms, "terms", "", "SHA-256 of the licence, in hex; empty for none")
	return cmd
}

func (a *app) zkmlRetire() *cobra.Command {
	return &cobra.Command{
		Use: "retire ID|FILE", Short: "Have the ledger take no more proofs of a model that you registered, for good", Args: cobra.ExactArgs(1),
		Long: `Have the ledger take no more proofs of a model that this machine's account registered. There is no way back: the same weights can be
compiled again, which gives another id. What the ledger has verified stands until its time is over, and proofs can be checked as before;
this machine goes on answering with the model until its file is taken out of HOME/provable.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.updateModel(cmd.Context(), args[0], operator.UpdateModelRequest{Retire: true})
		},
	}
}

func (a *app) updateModel(ctx context.Context, word string, req operator.UpdateModelRequest) (err error) {
	if req.ID, err = modelIn(word); err != nil {
		return err
	}
	remote, err := a.remote()
	if err != nil {
		return err
	}
	m, err := remote.UpdateModel(ctx, req)
	if err != nil {
		return advise(err)
	}
	return a.print(m, table{rows: registered(m)})
}

// registered is what the ledger says of a model.
func registered(m operator.ProofModel) [][]string {
	rows := [][]string{
		{"model", m.ID}, {"name", m.Name}, {"owner", m.Owner}, {"price", m.Price + " credits"}, {"height", strconv.FormatInt(m.Height, 10)},
	}
	if m.Terms != "" {
		rows = append(rows, []string{"licence", m.Terms})
	}
	if m.Retired {
		rows = append(rows, []string{"state", "retired"})
	}
	return rows
}
