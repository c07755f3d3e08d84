package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/web/operator"
)

// pageFlags are those of every list that can be long.
func pageFlags(cmd *cobra.Command, page *operator.Page) {
	cmd.Flags().IntVar(&page.Limit, "limit", 50, "most entries (500 at most)")
	cmd.Flags().StringVar(&page.Before, "before", "", "go on behind the entry with this cursor")
}

func (a *app) history() *cobra.Command {
	var page operator.Page
	var days int
	cmd := &cobra.Command{
		Use: "history [ACCOUNT]", Short: "What concerned an account: transactions, credits in and out, channels", Args: cobra.MaximumNArgs(1),
		Long: `What concerned an account, newest first: this machine's, or another of the network. --days adds up by day and reason instead.
A channel's or a model's id in place of the account shows what concerned that.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			account := strings.Join(args, "")
			if cmd.Flags().Changed("days") {
				return a.usage(cmd.Context(), remote, account, days)
			}
			list, err := remote.History(cmd.Context(), account, page)
			if err != nil {
				return advise(err)
			}
			t := table{header: []string{"TIME", "BLOCK", "CREDITS", "WHAT", "BY", "CURSOR"}, empty: "nothing yet"}
			for _, e := range list {
				t.rows = append(t.rows, []string{
					e.Time.Format(time.DateTime), strconv.FormatInt(e.Height, 10), e.Net, what(e), short(e.Sender), e.Cursor,
				})
			}
			return a.print(list, t)
		},
	}
	pageFlags(cmd, &page)
	cmd.Flags().IntVar(&days, "days", 0, "add up the last days instead (366 at most)")
	return cmd
}

// what names an entry's messages without their packages.
func what(e operator.Entry) string {
	names := make([]string, 0, len(e.Messages))
	for _, m := range e.Messages {
		names = append(names, m[strings.LastIndex(m, ".")+1:])
	}
	if len(names) == 0 {
		names = append(names, "block")
	}
	if e.Code != 0 {
		names = append(names, "(refused)")
	}
	return strings.Join(names, " ")
}

func (a *app) usage(ctx context.Context, remote *operator.Client, account string, days int) error {
	list, err := remote.Usage(ctx, account, days)
	if err != nil {
		return advise(err)
	}
	t := table{header: []string{"DAY", "REASON", "MOVEMENTS", "RECEIVED", "SPENT"}, empty: "nothing in these days"}
	for _, u := range list {
		t.rows = append(t.rows, []string{u.Day, u.Reason, strconv.FormatInt(u.Movements, 10), u.Received, u.Spent})
	}
	return a.print(list, t)
}

func (a *app) index() *cobra.Command {
	cmd := &cobra.Command{
		Use: "index", Short: "The index of the ledger that history and usage are read from",
		Long: `The index copies blocks, transactions and events of the ledger into tables: a file of this home, or a PostgreSQL database that
HOME/config.yaml names (index: postgres://USER@HOST:PORT/DATABASE). It follows from the ledger and can be made again from it.`,
	}
	cmd.AddCommand(a.indexStatus(), a.indexCheck(), a.indexRebuild(), a.indexEvents())
	return cmd
}

func (a *app) indexStatus() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "How far the index is behind the ledger", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			s, err := remote.Index(cmd.Context())
			if err != nil {
				return advise(err)
			}
			t := table{rows: [][]string{
				{"database", s.Database},
				{"state", strings.TrimSpace(string(s.State) + " " + s.Cause)},
				{"blocks", fmt.Sprintf("%d to %d of %d", s.First, s.Height, s.Ledger)},
				{"behind", fmt.Sprintf("%d blocks, %.1f s", s.LagBlocks, s.LagSeconds)},
				{"size", fmt.Sprintf("%.1f MiB", float64(s.Bytes)/(1<<20))},
			}}
			for _, g := range s.Gaps {
				t.rows = append(t.rows, []string{"not known", fmt.Sprintf("blocks %d to %d: the ledger had dropped them", g.First, g.Last)})
			}
			return a.print(s, t)
		},
	}
}

func (a *app) indexCheck() *cobra.Command {
	var from, to int64
	cmd := &cobra.Command{
		Use: "check", Short: "Derive the index from the ledger again and compare", Args: cobra.NoArgs,
		Long: `Derive every block's rows from the ledger again, as far as it still holds them, compare them with the index, and add up all sums by
day again. The digest is that of all rows: two indexes of one network with the same blocks have the same. Exit status 1 when something differs.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			r, err := remote.CheckIndex(cmd.Context(), from, to)
			if err != nil {
				return advise(err)
			}
			t := table{rows: [][]string{
				{"blocks", fmt.Sprintf("%d to %d", r.From, r.To)},
				{"rows", strconv.FormatInt(r.Rows, 10)},
				{"digest", r.Digest},
				{"derived again", fmt.Sprintf("%d blocks, %d differ", r.Derived, len(r.Different))},
				{"sums by day", fmt.Sprintf("%d, %d differ", r.Days, r.WrongDays)},
			}}
			if err := a.print(r, t); err != nil || r.OK() {
				return err
			}
			return hint(errors.New("the index differs from the ledger"), "`ayni index rebuild` makes it again")
		},
	}
	cmd.Flags().Int64Var(&from, "from", 0, "first block (default: the first that the index knows)")
	cmd.Flags().Int64Var(&to, "to", 0, "last block (default: the last)")
	return cmd
}

func (a *app) indexRebuild() *cobra.Command {
	var force bool
	cmd := a.action("rebuild", "Empty the index and read the ledger anew; ayni index status shows how far it is", 0,
		func(ctx context.Context, c *operator.Client, _ []string) error { return c.RebuildIndex(ctx, force) })
	cmd.Flags().BoolVar(&force, "force", false, "also when the ledger no longer holds all blocks that the index knows, or the index is another network's")
	return cmd
}

func (a *app) indexEvents() *cobra.Command {
	var page operator.Page
	var filter operator.EventFilter
	cmd := &cobra.Command{
		Use: "events [TYPE]", Short: "List events of the ledger's modules, newest first", Args: cobra.MaximumNArgs(1),
		Example: "  ayni index events ayni.credit.v1.EventClaimed --limit 10",
		RunE: func(cmd *cobra.Command, args []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			filter.Type = strings.Join(args, "")
			list, err := remote.Events(cmd.Context(), filter, page)
			if err != nil {
				return advise(err)
			}
			t := table{header: []string{"TIME", "BLOCK", "TYPE", "ATTRIBUTES", "CURSOR"}, empty: "no such events"}
			for _, e := range list {
				t.rows = append(t.rows, []string{e.Time.Format(time.DateTime), strconv.FormatInt(e.Height, 10), e.Type, string(e.Attributes), e.Cursor})
			}
			return a.print(list, t)
		},
	}
	pageFlags(cmd, &page)
	cmd.Flags().StringVar(&filter.Subject, "about", "", "only those that name this account, or this id in hexadecimal")
	cmd.Flags().Int64Var(&filter.From, "from", 0, "from this block on")
	cmd.Flags().Int64Var(&filter.To, "to", 0, "up to this block")
	return cmd
}
