package cli

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"ayni.example/web/operator"
)

func (a *app) networkQuota() *cobra.Command {
	return &cobra.Command{
		Use: "quota ADDRESS GAS", Short: "Let an account send transactions without a fee, as the admin of a network that one machine began", Args: cobra.ExactArgs(2),
		Long: `Let an account send transactions without a fee, up to so much gas in each period; 0 ends it. The account need not hold credits, nor
have been seen before. This is for the machine that began a network with "ayni up". In a network of several the council grants quotas:
"ayni network propose quota". "ayni wallet show" tells what is left of one's own.`,
		Example: "  ayni network quota ayni1... 50000000     # about 400 payments a day",
		RunE: func(cmd *cobra.Command, args []string) error {
			gas, err := strconv.ParseUint(args[1], 10, 63)
			if err != nil {
				return usage(fmt.Errorf("gas %q: want a whole number from 0 on", args[1]))
			}
			return a.ask(func(remote *operator.Client) error {
				req := operator.QuotaRequest{Address: args[0], Gas: gas}
				if err := remote.SetQuota(cmd.Context(), req); err != nil {
					return err
				}
				return a.print(req, table{rows: [][]string{{"granted", args[1] + " gas in each period to " + args[0]}}})
			})
		},
	}
}
