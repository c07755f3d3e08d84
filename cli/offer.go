package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"cosmossdk.io/math"

	"ayni.example/internal/home"
	"ayni.example/web/operator"
)

func (a *app) offer() *cobra.Command {
	var price, input, output, prediction string
	var remove bool
	var terms map[string]string
	cmd := &cobra.Command{
		Use: "offer MODEL --price P", Short: "Sell answers of a model on this machine to the network", Args: cobra.ExactArgs(1),
		Long: `Sell answers of a model that runs on this machine. Prices are credits per million tokens. The models of an Ollama or
another server stay private until they are offered here. A model whose answers are proved is sold by the prediction.
Offering again changes the price; --remove ends the offer.

--terms says what the owner of a model that was made here asks of those who use it, with its first offer: share, of what every descendant and every other
machine that serves it earns (default 0), price of a training on it, ceiling, commercial, derivatives, reciprocal. Terms never change afterwards.`,
		Example: "  ayni offer llama3.2:1b --price 0.5\n  ayni offer ayni/starter --price-input 0.1 --price-output 0.4\n" +
			"  ayni offer appraisal --price-prediction 0.01\n  ayni offer me/notes --price 0.5 --terms share=10,derivatives=false",
		RunE: func(cmd *cobra.Command, args []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			if remove {
				return advise(remote.RemoveOffer(cmd.Context(), args[0]))
			}
			req := operator.OfferRequest{Model: args[0], PriceInput: input, PriceOutput: output}
			if req.PriceInput == "" {
				req.PriceInput = price
			}
			if req.PriceOutput == "" {
				req.PriceOutput = price
			}
			if prediction != "" {
				if req.PriceInput, err = perMillion(prediction); err != nil {
					return err
				}
				req.PriceOutput = "0"
			}
			if req.Terms, err = parseTerms(terms); err != nil {
				return err
			}
			offer, err := remote.Offer(cmd.Context(), req)
			if err != nil {
				return advise(err)
			}
			return a.print(offer, table{
				header: []string{"MODEL", "INPUT", "OUTPUT", "DIGEST"},
				rows:   [][]string{{offer.Model, offer.PriceInput, offer.PriceOutput, short(offer.Digest)}},
			})
		},
	}
	cmd.Flags().StringVar(&price, "price", "1", "credits per million tokens, read and written alike")
	cmd.Flags().StringVar(&input, "price-input", "", "credits per million tokens read")
	cmd.Flags().StringVar(&output, "price-output", "", "credits per million tokens written")
	cmd.Flags().StringVar(&prediction, "price-prediction", "", "credits for one prediction with its proof")
	cmd.MarkFlagsMutuallyExclusive("price-prediction", "price")
	cmd.MarkFlagsMutuallyExclusive("price-prediction", "price-input")
	cmd.MarkFlagsMutuallyExclusive("price-prediction", "price-output")
	cmd.Flags().StringToStringVar(&terms, "terms", nil, "what a model that was made here asks, such as share=10,price=5")
	cmd.Flags().BoolVar(&remove, "remove", false, "end the offer")
	cmd.MarkFlagsMutuallyExclusive("terms", "remove")
	return cmd
}

// perMillion is the price of a million of what costs so many credits each.
func perMillion(price string) (string, error) {
	credits, err := math.LegacyNewDecFromStr(price)
	if err != nil || credits.IsNegative() {
		return "", hint(fmt.Errorf("--price-prediction %q is no amount of credits", price), "write a decimal such as 0.01")
	}
	return home.FormatCredits(math.NewIntFromBigInt(credits.MulInt64(1_000_000).BigInt())), nil
}

// short is enough of a digest or address to tell it apart.
func short(s string) string {
	const shown = 12
	if len(s) <= shown {
		return s
	}
	return s[:shown] + "…"
}
