package cli

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"ayni.example/web/operator"
)

func (a *app) computeAudit() *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit", Short: "Train parts of others' leased trainings again, and challenge what is false", Args: cobra.NoArgs,
		Long: `Print whether this machine audits, and the claims in which it has a part. An auditor is drawn by the beacon for some of the segments
that providers commit to; while ` + "`ayni up`" + ` runs, this machine trains a segment that it was drawn for again and compares the state. It agrees,
or challenges with a deposit; the ledger then finds out who is right by computing one tile. Whoever challenges rightly is paid from the
liar's bond; an auditor who stays silent loses a part of its own. A machine that leases out trainings answers challenges by itself.`,
		Example: "  ayni compute audit\n  ayni compute audit enlist\n  ayni compute audit retire",
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			s, err := remote.Auditor(cmd.Context())
			return a.auditor(s, err)
		},
	}
	cmd.AddCommand(a.computeEnlist(), a.computeRetire())
	return cmd
}

func (a *app) computeEnlist() *cobra.Command {
	var bond string
	cmd := &cobra.Command{
		Use: "enlist", Short: "Become an auditor, or add to the bond of one", Args: cobra.NoArgs,
		Long: `Put a bond down, from then on this machine may be drawn to audit. Auditing takes about five times the processor time of the training
itself, a segment at a time, and the deposit of a challenge must be at hand.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			s, err := remote.Enlist(cmd.Context(), operator.EnlistRequest{Bond: bond})
			return a.auditor(s, err)
		},
	}
	cmd.Flags().StringVar(&bond, "bond", "", "credits to put down (default: the least that the ledger asks for)")
	return cmd
}

func (a *app) computeRetire() *cobra.Command {
	return &cobra.Command{
		Use: "retire", Short: "Be drawn no more; the bond is paid back after a while", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			s, err := remote.Retire(cmd.Context())
			return a.auditor(s, err)
		},
	}
}

// auditor prints what the ledger says of this machine.
func (a *app) auditor(s operator.Auditor, err error) error {
	if err != nil {
		return advise(err)
	}
	return a.print(s, table{rows: auditorRows(s)})
}

func auditorRows(s operator.Auditor) [][]string {
	rows := [][]string{
		{"audits", yes(s.Enlisted)},
		{"bond", s.Bond + " credits, at least " + s.Least + " to be drawn"},
		{"deposit of a challenge", s.Deposit + " credits"},
		{"auditors of the network", strconv.Itoa(s.Auditors)},
		{"agreed, challenged", fmt.Sprintf("%d, %d", s.Agreed, s.False)},
		{"could not tell, silent", fmt.Sprintf("%d, %d", s.Unsure, s.Silent)},
	}
	if !s.Leaves.IsZero() {
		rows = append(rows, []string{"bond is free", date(s.Leaves)})
	}
	for _, c := range s.Claims {
		what := fmt.Sprintf("%s, steps %d to %d of %s", c.Role, c.From+1, c.To, c.Defender)
		if c.Disputed {
			what += ", disputed"
		}
		if c.Asked > 0 {
			what += fmt.Sprintf(", %d tiles asked for", c.Asked)
		}
		rows = append(rows, []string{"claim " + c.ID[:12], what})
	}
	return rows
}
