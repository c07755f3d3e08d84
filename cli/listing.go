package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/web/operator"
)

// listing is a command that asks the running process for a list and prints it.
func listing[T any](a *app, use, brief, empty string, ask func(context.Context, *operator.Client) ([]T, error), header []string, row func(T) []string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: brief, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			list, err := ask(cmd.Context(), remote)
			if err != nil {
				return advise(err)
			}
			t := table{header: header, empty: empty}
			for _, item := range list {
				t.rows = append(t.rows, row(item))
			}
			if list == nil {
				list = []T{}
			}
			return a.print(list, t)
		},
	}
}

func (a *app) provider() *cobra.Command {
	cmd := &cobra.Command{Use: "provider", Aliases: []string{"machines"}, Short: "Machines of the network"}
	cmd.AddCommand(listing(a, "list", "List the machines that serve", "no machine serves yet: `ayni invite` adds one",
		func(ctx context.Context, c *operator.Client) ([]operator.Provider, error) { return c.Providers(ctx) },
		[]string{"NAME", "ADDRESS", "STATUS", "BOND", "MODELS"},
		func(p operator.Provider) []string {
			return []string{p.Name, p.Address, p.Status, p.Bond, strings.Join(p.Models, ",")}
		}))
	return cmd
}

func (a *app) channel() *cobra.Command {
	cmd := &cobra.Command{Use: "channel", Short: "Deposits that pay providers"}
	cmd.AddCommand(listing(a, "list", "List channels of this machine", "no channels: one is opened by the first paid answer",
		func(ctx context.Context, c *operator.Client) ([]operator.Channel, error) { return c.Channels(ctx) },
		[]string{"CHANNEL", "ROLE", "PEER", "STATE", "DEPOSIT", "SIGNED", "CLAIMED"},
		func(c operator.Channel) []string {
			return []string{c.ID, c.Role, c.Peer, c.State, c.Deposit, c.Signed, c.Claimed}
		}))
	cmd.AddCommand(
		a.action("close CHANNEL", "Begin to close a channel; the rest comes back after the challenge period", 1,
			func(ctx context.Context, c *operator.Client, args []string) error {
				return c.CloseChannel(ctx, args[0])
			}),
		a.action("claim", "Send all vouchers that this machine holds to the ledger now", 0,
			func(ctx context.Context, c *operator.Client, _ []string) error { return c.Claim(ctx) }),
		a.audit())
	return cmd
}

func (a *app) audit() *cobra.Command {
	return &cobra.Command{
		Use: "audit", Short: "Check the ledger's invariants, and every lane against its receipts", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			audit, err := remote.Audit(cmd.Context())
			if err != nil {
				return advise(err)
			}
			t := table{header: []string{"ROLE", "CHANNEL", "LANE", "RECEIPTS", "TOTAL", "SIGNED", "OPEN", "CLAIMED"}}
			for _, l := range audit.Lanes {
				t.rows = append(t.rows, []string{
					l.Role, short(l.Channel), strconv.Itoa(int(l.Lane)), strconv.FormatUint(l.Receipts, 10), l.Total, l.Signed, l.Open, l.Claimed,
				})
			}
			return a.print(audit, t)
		},
	}
}

func (a *app) key() *cobra.Command {
	cmd := &cobra.Command{Use: "key", Aliases: []string{"keys"}, Short: "API keys of this gateway"}
	row := func(k operator.Key) []string {
		return []string{k.ID, k.Name, k.Spent, k.Budget, strconv.Itoa(k.Rate), date(k.Expires), yes(k.Revoked)}
	}
	header := []string{"ID", "NAME", "SPENT", "BUDGET", "RATE/MIN", "EXPIRES", "REVOKED"}
	req := operator.KeyRequest{}
	create := &cobra.Command{
		Use: "create", Short: "Make an API key; its secret is shown once", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			key, err := remote.CreateKey(cmd.Context(), req)
			if err != nil {
				return advise(err)
			}
			return a.print(key, table{rows: [][]string{{key.Secret}}})
		},
	}
	create.Flags().StringVar(&req.Name, "name", "", "what the key is for")
	create.Flags().StringVar(&req.Budget, "budget", "", "most credits that it may spend")
	create.Flags().IntVar(&req.Rate, "rate", 0, "most requests a minute")
	create.Flags().DurationVar(&req.Expires, "expires", 0, "how long it works, such as 720h")
	create.Flags().StringSliceVar(&req.Models, "models", nil, "models that it may use")
	create.Flags().BoolVar(&req.Admin, "admin", false, "let it use the console and see all receipts; needed for the console beyond loopback")
	cmd.AddCommand(create,
		listing(a, "list", "List API keys", "no keys: `ayni key create` makes one",
			func(ctx context.Context, c *operator.Client) ([]operator.Key, error) { return c.Keys(ctx) }, header, row),
		a.action("revoke ID", "End an API key", 1,
			func(ctx context.Context, c *operator.Client, args []string) error { return c.RevokeKey(ctx, args[0]) }))
	return cmd
}

// action is a command that has the running process do one thing.
func (a *app) action(use, brief string, args int, do func(context.Context, *operator.Client, []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: brief, Args: cobra.ExactArgs(args),
		RunE: func(cmd *cobra.Command, args []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			if err := do(cmd.Context(), remote, args); err != nil {
				return advise(err)
			}
			if a.json {
				return a.printJSON(map[string]bool{"done": true})
			}
			return nil
		},
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func date(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(time.DateTime)
}
