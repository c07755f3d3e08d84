package cli

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/web/operator"
)

func (a *app) payout() *cobra.Command {
	cmd := &cobra.Command{Use: "payout", Short: "Money that verified answers of a model pay", Long: `A payer locks money for what a model says of something; the beneficiary collects what the verified value comes to. The ledger pays by
values that it has verified (ayni zkml submit) and by nothing else, so that nobody has to be asked.`}
	cmd.AddCommand(a.payoutPromise(), a.payoutCollect(), a.payoutList())
	return cmd
}

func (a *app) payoutPromise() *cobra.Command {
	var req operator.PayoutRequest
	var fresh time.Duration
	cmd := &cobra.Command{
		Use: "promise --to ADDRESS --model ID --unit P --most Q", Short: "Lock money that a verified value will pay", Args: cobra.NoArgs,
		Long: `Lock money for an answer of a model: each one of the output's integer pays --unit credits, all together at most --most, which is
locked until the beneficiary collects or the time is over. Of the answer count the model, the submitter whose inputs you trust, the
context and, with --fresh, its age.`,
		Example: "  ayni payout promise --to ayni1... --model a51d... --context diamond-3 --unit 0.0000001 --most 10 --lasts 24h",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if fresh < 0 || fresh > 365*24*time.Hour {
				return usage(fmt.Errorf("--fresh %s: want at most a year", fresh))
			}
			req.FreshSeconds = uint32(fresh / time.Second)
			var err error
			if req.Model, err = modelIn(req.Model); err != nil {
				return err
			}
			remote, err := a.remote()
			if err != nil {
				return err
			}
			p, err := remote.PromisePayout(cmd.Context(), req)
			if err != nil {
				return advise(err)
			}
			return a.print(p, table{rows: [][]string{
				{"promise", strconv.FormatUint(p.Number, 10)},
				{"payer", p.Payer},
				{"beneficiary", p.Beneficiary},
				{"locked", p.Most + " credits"},
				{"until", date(p.Until)},
			}})
		},
	}
	f := cmd.Flags()
	f.StringVar(&req.Beneficiary, "to", "", "address that is paid")
	f.StringVar(&req.Model, "model", "", "id of the model, or its file")
	f.StringVar(&req.Submitter, "submitter", "", "account whose proofs count (default: this machine's)")
	f.StringVar(&req.Context, "context", "", "what the answer is about")
	f.StringVar(&req.Input, "input", "", "digest that the input must have (default: any)")
	f.Uint32Var(&req.Index, "index", 0, "which integer of the output counts, from 0")
	f.StringVar(&req.Unit, "unit", "", "credits for each one of it")
	f.StringVar(&req.Most, "most", "", "credits that are paid at most, and locked")
	f.DurationVar(&req.Lasts, "lasts", 24*time.Hour, "after which what nobody collected comes back")
	f.DurationVar(&fresh, "fresh", 0, "oldest value that pays (default: any)")
	for _, name := range []string{"to", "model", "unit", "most"} {
		_ = cmd.MarkFlagRequired(name) // the flags exist
	}
	return cmd
}

func (a *app) payoutCollect() *cobra.Command {
	return &cobra.Command{
		Use: "collect PAYER NUMBER", Short: "Be paid what a verified value comes to", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := strconv.ParseUint(args[1], 10, 64)
			if err != nil {
				return usage(fmt.Errorf("promise %q: want its number, as `ayni payout list` tells", args[1]))
			}
			remote, err := a.remote()
			if err != nil {
				return err
			}
			done, err := remote.CollectPayout(cmd.Context(), operator.CollectRequest{Payer: args[0], Number: number})
			if err != nil {
				return advise(err)
			}
			return a.print(done, table{rows: [][]string{{"paid", done.Paid + " credits"}, {"height", strconv.FormatInt(done.Height, 10)}}})
		},
	}
}

func (a *app) payoutList() *cobra.Command {
	var payer string
	cmd := &cobra.Command{
		Use: "list", Short: "List promises", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			list, err := remote.Payouts(cmd.Context(), payer)
			if err != nil {
				return advise(err)
			}
			t := table{header: []string{"PAYER", "NUMBER", "TO", "MODEL", "CONTEXT", "UNIT", "MOST", "UNTIL"}, empty: "nothing is promised"}
			for _, p := range list {
				t.rows = append(t.rows, []string{
					p.Payer, strconv.FormatUint(p.Number, 10), short(p.Beneficiary), short(p.Model), strconv.Quote(p.Context), p.Unit, p.Most, date(p.Until),
				})
			}
			return a.print(list, t)
		},
	}
	cmd.Flags().StringVar(&payer, "payer", "", "of this payer alone")
	return cmd
}
