package cli

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"cosmossdk.io/math"

	"ayni.example/cli/machine"
	"ayni.example/credit/x402"
	"ayni.example/internal/home"
)

func (a *app) payments() *cobra.Command {
	cmd := &cobra.Command{
		Use: "payments", Short: "What routes of this machine cost whoever has no API key",
		Long: `Put a price on a route of this machine's gateway. Whoever asks it without an API key gets 402 with the price, and pays with any
program that speaks x402 version 2, in credits. API keys go on as before. A price counts for this machine's owner too: give own
programs a key. The prices lie in HOME/payments.yaml; a running machine reads them again when the file changes.`,
	}
	cmd.AddCommand(a.paymentsPrice(), a.paymentsList(), a.paymentsRemove(), a.paymentsShow(), a.paymentsTopup())
	return cmd
}

func (a *app) prices() (string, x402.PriceFile, error) {
	h, err := a.open()
	if err != nil {
		return "", x402.PriceFile{}, err
	}
	if err := h.Create(); err != nil {
		return "", x402.PriceFile{}, err
	}
	f, _, err := x402.ReadPrices(h.Payments())
	return h.Payments(), f, err
}

func (a *app) paymentsPrice() *cobra.Command {
	var line x402.PriceLine
	cmd := &cobra.Command{
		Use: "price PATH", Short: "Set what a route costs", Args: cobra.ExactArgs(1),
		Long: `Set what requests to PATH cost; a star at its end stands for anything. With --amount alone each answer costs that much (x402's
scheme exact). Below /mcp only calls of tools cost something. With --input and --output, credits for a token, an answer costs what it used and at most --amount (scheme upto).`,
		Example: `  ayni payments price /v1/chat/completions --amount 0.05 --input 0.000001 --output 0.000004
  ayni payments price /mcp/agents/ID --tool talk --amount 0.05 --payee TREASURY`,
		RunE: func(_ *cobra.Command, args []string) error {
			path, f, err := a.prices()
			if err != nil {
				return err
			}
			line.Path, line.Scheme = args[0], x402.Exact
			if line.Input != "" || line.Output != "" {
				line.Scheme = x402.Upto
			}
			if _, err := line.Price(); err != nil {
				return usage(err)
			}
			f.Set(line)
			if err := x402.WritePrices(path, f); err != nil {
				return err
			}
			return a.print(line, table{rows: priceRows([]x402.PriceLine{line})})
		},
	}
	cmd.Flags().StringVar(&line.Amount, "amount", "", "credits of an answer, or the most of one")
	cmd.Flags().StringVar(&line.Input, "input", "", "credits for a token that is read")
	cmd.Flags().StringVar(&line.Output, "output", "", "credits for a token that is written")
	cmd.Flags().StringVar(&line.Model, "model", "", "only for requests that ask for this model")
	cmd.Flags().StringVar(&line.Tool, "tool", "", "only for calls of this tool, below /mcp")
	cmd.Flags().StringVar(&line.Payee, "payee", "", "account that is paid, such as an agent's treasury (default this machine's)")
	cmd.Flags().StringVar(&line.Method, "method", "POST", "only for requests of this method")
	cmd.Flags().StringVar(&line.Description, "description", "", "what is sold, for those who pay")
	return cmd
}

func (a *app) paymentsList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List what has a price", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, f, err := a.prices()
			if err != nil {
				return err
			}
			return a.print(f, table{header: []string{"METHOD", "PATH", "ASKS FOR", "SCHEME", "CREDITS", "INPUT", "OUTPUT", "PAYEE"}, rows: priceRows(f.Prices)})
		},
	}
}

func priceRows(lines []x402.PriceLine) [][]string {
	rows := make([][]string, 0, len(lines))
	for _, l := range lines {
		rows = append(rows, []string{l.Method, l.Path, l.Model + l.Tool, l.Scheme, l.Amount, l.Input, l.Output, short(l.Payee)})
	}
	return rows
}

func (a *app) paymentsRemove() *cobra.Command {
	line := x402.PriceLine{}
	cmd := &cobra.Command{
		Use: "remove PATH", Short: "Take a price away: the route needs a key again", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			path, f, err := a.prices()
			if err != nil {
				return err
			}
			if line.Path = args[0]; !f.Remove(line) {
				return hint(errors.New("there is no such price"), "`ayni payments list` shows them; --method, --model and --tool must be the same")
			}
			if err := x402.WritePrices(path, f); err != nil {
				return err
			}
			return a.print(map[string]bool{"done": true}, table{})
		},
	}
	cmd.Flags().StringVar(&line.Method, "method", "POST", "of the price")
	cmd.Flags().StringVar(&line.Model, "model", "", "of the price")
	cmd.Flags().StringVar(&line.Tool, "tool", "", "of the price")
	return cmd
}

func (a *app) paymentsShow() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show what was paid in the last day", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := a.open()
			if err != nil {
				return err
			}
			entries, err := machine.Payments(cmd.Context(), h)
			if err != nil {
				return err
			}
			rows := make([][]string, 0, len(entries))
			for _, e := range entries {
				rows = append(rows, []string{e.Time.Format(time.DateTime), e.Payer, e.Path, e.Scheme, acredit(e.Amount), acredit(e.Paid), e.State})
			}
			return a.print(entries, table{header: []string{"TIME", "PAYER", "PATH", "SCHEME", "MOST", "PAID", "STATE"}, rows: rows, empty: "nothing was paid in the last day"})
		},
	}
}

// acredit shows an amount that stands in a text as credits.
func acredit(text string) string {
	n, ok := math.NewIntFromString(text)
	if !ok {
		return ""
	}
	return home.FormatCredits(n)
}
