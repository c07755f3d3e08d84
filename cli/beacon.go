package cli

import (
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/web/operator"
)

func (a *app) beacon() *cobra.Command {
	cmd := &cobra.Command{Use: "beacon", Short: "Draws that nobody foretells or chooses", Long: `The network's beacon gives random numbers to which every seat of the
council contributes, each with a key that leaves it no choice. It runs when somebody asks, and rests otherwise.`}
	cmd.AddCommand(a.beaconShow(), a.beaconDraw())
	return cmd
}

func (a *app) beaconShow() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Print the last round and what each seat contributes", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			b, err := remote.Beacon(cmd.Context())
			if err != nil {
				return advise(err)
			}
			return a.print(b, table{rows: beaconRows(b)})
		},
	}
}

func beaconRows(b operator.BeaconStatus) [][]string {
	rows := make([][]string, 0, 4+len(b.Seats))
	rows = append(rows, []string{"last round", strconv.FormatUint(b.Round, 10)}, []string{"open", yes(b.Open)},
		[]string{"asked for another", yes(b.Wanted)}, []string{"output", b.Output})
	for _, s := range b.Seats {
		state := "from round " + strconv.FormatUint(s.FromRound, 10)
		if s.Key == "" {
			state = "out until " + date(time.Unix(s.BarredUntil, 0).UTC())
		}
		rows = append(rows, []string{"seat " + s.Operator, state + ", strikes: " + strconv.FormatUint(uint64(s.Strikes), 10)})
	}
	return rows
}

func (a *app) beaconDraw() *cobra.Command {
	return &cobra.Command{
		Use: "draw DOMAIN", Short: "Ask for a round, wait for it, and print the draw of a domain", Args: cobra.ExactArgs(1),
		Long: `Ask for a round, which this machine's account pays for, wait until it is closed, and print the draw of a domain of your own, such
as raffle/2026-11. Fix what is drawn for before you ask, where others can see it.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			d, err := remote.Draw(cmd.Context(), operator.DrawRequest{Domain: args[0]})
			if err != nil {
				return advise(err)
			}
			return a.print(d, table{rows: [][]string{
				{"draw", d.Draw},
				{"domain", d.Domain},
				{"round", strconv.FormatUint(d.Round, 10)},
				{"output", d.Output},
				{"contributions", strconv.Itoa(d.Contributions) + " of " + strconv.Itoa(d.Entrants)},
				{"height", strconv.FormatInt(d.Height, 10)},
			}})
		},
	}
}
