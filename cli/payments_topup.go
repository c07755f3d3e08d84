package cli

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/cli/machine"
	"ayni.example/credit/topup"
	"ayni.example/internal/home"
)

func (a *app) paymentsTopup() *cobra.Command {
	cmd := &cobra.Command{
		Use: "topup", Short: "Turn money from elsewhere into the prepaid balance of API keys",
		Long: `Let people pay for API keys with money: by a transfer that you confirm (invoice), or through a payment service that reports payments
to this machine's gateway, signed, at /topup/webhook (webhook). An order fixes the sum and the credits that it buys; a payment of
exactly this sum raises the key's budget, once. HOME/topup.yaml says what is sold and how it is paid; docs/guide/payments.md shows one.`,
	}
	cmd.AddCommand(a.topupOrder(), a.topupPaid(), a.topupCancel(), a.topupOrders(), a.topupEntries(), a.topupRefused())
	return cmd
}

// till does work on the top-ups of this home.
func (a *app) till(cmd *cobra.Command, work func(*topup.Till) error) error {
	h, err := a.open()
	if err != nil {
		return err
	}
	if _, err := os.Stat(h.Database()); errors.Is(err, fs.ErrNotExist) {
		return hint(errors.New("nothing ever ran on this home"), "`ayni up` starts it")
	}
	err = machine.Till(cmd.Context(), h, work)
	switch {
	case errors.Is(err, topup.ErrOff):
		return hint(err, "write how money comes into %s; docs/guide/payments.md shows one", h.Topup())
	case errors.Is(err, topup.ErrKey):
		return hint(err, "`ayni key list` shows the keys; one that is topped up is made with --budget, which may be 0")
	case errors.Is(err, topup.ErrNoOrder):
		return hint(err, "`ayni payments topup list` shows the orders")
	}
	return err
}

func (a *app) topupOrder() *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use: "order KEY SUM", Short: "Order a top-up of an API key, and show how to pay it", Args: cobra.ExactArgs(2),
		Example: `  ayni payments topup order k-1a2b3c4d "20.00 EUR"
  ayni payments topup order k-1a2b3c4d "20.00 EUR" --by webhook`,
		RunE: func(cmd *cobra.Command, args []string) error {
			sum, err := topup.ParseSum(args[1])
			if err != nil {
				return usage(err)
			}
			return a.till(cmd, func(t *topup.Till) error {
				order, ask, err := t.Order(cmd.Context(), args[0], sum, by)
				if err != nil {
					return err
				}
				return a.print(struct {
					topup.Order
					Ask topup.Ask `json:"ask"`
				}{order, ask}, table{rows: [][]string{{ask.Text}}})
			})
		},
	}
	cmd.Flags().StringVar(&by, "by", topup.InvoiceName, "how it is paid: invoice or webhook")
	return cmd
}

func (a *app) topupPaid() *cobra.Command {
	return &cobra.Command{
		Use: "paid NUMBER SUM", Short: "Confirm that an invoice's sum came, and credit it", Args: cobra.ExactArgs(2),
		Long:    "Confirm that exactly SUM came for an invoice. Its key is credited once, however often it is confirmed.",
		Example: `  ayni payments topup paid 2026-0001 "20.00 EUR"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			sum, err := topup.ParseSum(args[1])
			if err != nil {
				return usage(err)
			}
			return a.till(cmd, func(t *topup.Till) error {
				entry, err := t.Confirm(cmd.Context(), args[0], sum)
				if err != nil {
					return hint(err, "nothing was credited; `ayni payments topup list` shows the orders")
				}
				return a.print(entry, entryTable([]topup.Entry{entry}))
			})
		},
	}
}

func (a *app) topupCancel() *cobra.Command {
	return &cobra.Command{
		Use: "cancel NUMBER", Short: "Cancel an open order; money that still comes for it is refused", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.till(cmd, func(t *topup.Till) error {
				if err := t.Cancel(cmd.Context(), args[0]); err != nil {
					return err
				}
				return a.print(map[string]bool{"done": true}, table{})
			})
		},
	}
}

const topupListed = 200

func (a *app) topupOrders() *cobra.Command {
	var key string
	cmd := &cobra.Command{
		Use: "list", Short: "List orders, newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.till(cmd, func(t *topup.Till) error {
				orders, err := t.Orders(cmd.Context(), key, topupListed)
				if err != nil {
					return err
				}
				rows := make([][]string, 0, len(orders))
				for _, o := range orders {
					rows = append(rows, []string{o.Number, o.Key, o.Sum.String(), home.FormatCredits(o.Credits), o.By, o.State, o.Due.Format(time.DateOnly)})
				}
				return a.print(orders, table{header: []string{"NUMBER", "KEY", "SUM", "CREDITS", "BY", "STATE", "DUE"}, rows: rows, empty: "no orders"})
			})
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "only those of this key")
	return cmd
}

func (a *app) topupEntries() *cobra.Command {
	var key string
	cmd := &cobra.Command{
		Use: "entries", Short: "List what raised the budgets of keys, newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.till(cmd, func(t *topup.Till) error {
				entries, err := t.Entries(cmd.Context(), key, topupListed)
				if err != nil {
					return err
				}
				return a.print(entries, entryTable(entries))
			})
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "only those of this key")
	return cmd
}

func entryTable(entries []topup.Entry) table {
	t := table{header: []string{"TIME", "KEY", "SUM", "BY", "PAYMENT", "CREDITS", "BUDGET"}, empty: "no entries"}
	for _, e := range entries {
		t.rows = append(t.rows, []string{
			e.Time.Format(time.DateTime), e.Key, e.Sum.String(), e.By, e.Payment, home.FormatCredits(e.Credits), home.FormatCredits(e.After),
		})
	}
	return t
}

func (a *app) topupRefused() *cobra.Command {
	return &cobra.Command{
		Use: "refused", Short: "List payments that came and that no order fits, newest first", Args: cobra.NoArgs,
		Long: "List payments that a payment service reported and that no order fits. Send them back through the service, or order the sum anew by\ninvoice and confirm it.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.till(cmd, func(t *topup.Till) error {
				refused, err := t.Refused(cmd.Context(), topupListed)
				if err != nil {
					return err
				}
				rows := make([][]string, 0, len(refused))
				for _, e := range refused {
					rows = append(rows, []string{e.Time.Format(time.DateTime), e.Payment, e.Order, e.Sum.String(), e.Outcome})
				}
				return a.print(refused, table{header: []string{"TIME", "PAYMENT", "ORDER", "SUM", "REASON"}, rows: rows, empty: "no refused payments"})
			})
		},
	}
}
