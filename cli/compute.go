package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/web/operator"
)

const computeHelp = `Rent machines of this network, and look after what runs on them.

  ayni compute host              lend this machine out
  ayni compute audit             check what others train
  ayni deploy FILE               order what a deployment file asks for
  ayni compute explain ORDER     why an order has no machine yet
  ayni compute status ORDER      what its machine says of it
  ayni compute logs ORDER -f     what its programs write
  ayni compute close ORDER       end it; what is left of the deposit comes back

An ORDER is its id, the beginning of it, or the name of its deployment, which means the latest of that name.`

func (a *app) compute() *cobra.Command {
	cmd := &cobra.Command{Use: "compute", Short: "Machines for rent, and what runs on them", Long: computeHelp}
	cmd.AddCommand(
		a.computeAudit(), a.computeHost(), a.computeChallenge(), a.computeOrders(), a.computeOrder(), a.computeExplain(), a.computeHosts(), a.computeLeases(), a.computeFund(), a.computeClose(),
		a.computeReview("approve", "Pay results of a batch", false), a.computeReview("reject", "Ask for results of a batch once more", true),
		a.computeStatus(), a.computeLogs(), a.computeEvents(), a.computeExec(), a.computeShell(), a.computeCopy(), a.computeForward(),
	)
	return cmd
}

func (a *app) computeOrders() *cobra.Command {
	var open bool
	cmd := listing(a, "orders", "List this machine's orders, the newest first", "nothing is ordered: `ayni deploy FILE` orders",
		func(ctx context.Context, c *operator.Client) ([]operator.ComputeOrder, error) {
			return c.ComputeOrders(ctx, open)
		},
		[]string{"ORDER", "NAME", "STATE", "UNIT", "PRICE", "PAID", "ESCROW", "LASTS", "WANTS"},
		func(o operator.ComputeOrder) []string {
			lasts := ""
			if o.Lasts > 0 {
				lasts = o.Lasts.String()
			}
			return []string{o.ID[:12], o.Name, o.State, o.Unit, anyWord(o.Price, o.PriceMax), o.Paid, o.Escrow, lasts, o.Wants}
		})
	cmd.Flags().BoolVar(&open, "open", false, "all orders that wait for a machine, of everybody")
	return cmd
}

func (a *app) computeHosts() *cobra.Command {
	return listing(a, "hosts", "List the machines that are for rent", "no machine of this network is for rent: an owner lends one with `ayni compute host`",
		func(ctx context.Context, c *operator.Client) ([]operator.ComputeHost, error) {
			return c.ComputeHosts(ctx)
		},
		[]string{"PROVIDER", "NAME", "FREE", "GFLOP/S", "PRICES", "ATTRIBUTES", "LEASES", "SERVED", "FAILED", "REFUTED"},
		func(h operator.ComputeHost) []string {
			count := func(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
			return []string{
				h.Provider, h.Name, h.Free, fmt.Sprintf("%.0f", float64(h.FlopsAll)/1e9), prices(h), pairs(h.Attributes), count(h.Leases), count(h.Served),
				count(h.Failed), count(h.Refuted),
			}
		})
}

// prices are what a machine takes work for.
func prices(h operator.ComputeHost) string {
	list := make([]string, 0, len(h.Units))
	for _, unit := range h.Units {
		list = append(list, strings.TrimSuffix(unit+" "+h.Floors[unit], " "))
	}
	return strings.Join(list, ", ")
}

func pairs(m map[string]string) string {
	list := make([]string, 0, len(m))
	for key, value := range m {
		list = append(list, key+"="+value)
	}
	slices.Sort(list)
	return strings.Join(list, ",")
}

func (a *app) computeLeases() *cobra.Command {
	var all bool
	cmd := listing(a, "leases", "List the leases of this machine's orders", "no lease: `ayni compute orders` lists what is ordered",
		func(ctx context.Context, c *operator.Client) ([]operator.ComputeLease, error) {
			orders, err := c.ComputeOrders(ctx, false)
			if err != nil {
				return nil, err
			}
			var list []operator.ComputeLease
			for _, o := range orders {
				if o.State == "closed" && !all {
					continue
				}
				detail, err := c.ComputeOrder(ctx, o.ID)
				if err != nil {
					return nil, err
				}
				for _, l := range detail.Leases {
					if all || l.State != "closed" {
						list = append(list, l)
					}
				}
			}
			return list, nil
		}, leaseHeader(), leaseRow)
	cmd.Flags().BoolVar(&all, "all", false, "closed ones too")
	return cmd
}

func (a *app) computeFund() *cobra.Command {
	return a.onOrder("fund ORDER CREDITS", "Add to what an order can spend", 2, "  ayni compute fund web 2.5",
		func(ctx context.Context, c *operator.Client, args []string) (operator.ComputeOrder, error) {
			return c.FundOrder(ctx, operator.FundRequest{Order: args[0], Amount: args[1]})
		})
}

func (a *app) computeClose() *cobra.Command {
	var alone bool
	cmd := a.onOrder("close ORDER", "End an order and its lease; what is left of the deposit comes back", 1, "  ayni compute close web\n  ayni compute close web --lease",
		func(ctx context.Context, c *operator.Client, args []string) (operator.ComputeOrder, error) {
			if alone {
				return c.CloseLease(ctx, args[0])
			}
			return c.CloseOrder(ctx, args[0])
		})
	cmd.Flags().BoolVar(&alone, "lease", false, "end the lease alone: a standing order then looks for another machine, and not this one")
	return cmd
}

func (a *app) computeReview(name, brief string, reject bool) *cobra.Command {
	return &cobra.Command{
		Use: name + " ORDER [TASK...]", Short: brief + " (no task: all that wait)", Args: cobra.MinimumNArgs(1),
		Example: "  ayni compute " + name + " sweep 0 3",
		RunE: func(cmd *cobra.Command, args []string) error {
			req := operator.ReviewRequest{Order: args[0], Reject: reject}
			for _, text := range args[1:] {
				n, err := strconv.ParseUint(text, 10, 32)
				if err != nil {
					return usage(fmt.Errorf("task %q: want its number, as `ayni compute order` tells", text))
				}
				req.Tasks = append(req.Tasks, uint32(n))
			}
			remote, err := a.remote()
			if err != nil {
				return err
			}
			o, err := remote.ReviewTasks(cmd.Context(), req)
			if err != nil {
				return advise(err)
			}
			return a.print(o, orderTable(o))
		},
	}
}

func (a *app) computeOrder() *cobra.Command {
	return a.onOrder("order ORDER", "Tell all of an order: leases, bids, results, money", 1, "  ayni compute order web --json",
		func(ctx context.Context, c *operator.Client, args []string) (operator.ComputeOrder, error) {
			return c.ComputeOrder(ctx, args[0])
		})
}

// onOrder is a command that does something to an order and prints it.
func (a *app) onOrder(use, brief string, args int, example string, do func(context.Context, *operator.Client, []string) (operator.ComputeOrder, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: brief, Args: cobra.ExactArgs(args), Example: example,
		RunE: func(cmd *cobra.Command, args []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			o, err := do(cmd.Context(), remote, args)
			if err != nil {
				return advise(err)
			}
			return a.print(o, orderTable(o))
		},
	}
}

func (a *app) computeExplain() *cobra.Command {
	return &cobra.Command{
		Use: "explain ORDER", Short: "Say why an order has no machine, and what stands in the way of each", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			e, err := remote.ExplainOrder(cmd.Context(), args[0])
			if err != nil {
				return advise(err)
			}
			t := table{rows: [][]string{{"order", e.Order}, {"state", e.State + ": " + e.Summary}}}
			for _, h := range e.Hosts {
				why := strings.Join(h.Why, "; ")
				switch {
				case h.Bid != "":
					why = "bids " + h.Bid + " credits"
				case why == "":
					why = "fits, and has not answered yet"
				}
				t.rows = append(t.rows, []string{anyWord(h.Name, h.Provider), why})
			}
			if e.Hint != "" && !a.json {
				t.rows = append(t.rows, []string{"hint", e.Hint})
			}
			return a.print(e, t)
		},
	}
}
