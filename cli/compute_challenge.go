package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"ayni.example/web/operator"
)

func (a *app) computeChallenge() *cobra.Command {
	return a.running("challenge PROVIDER", "Find out whether a machine is as fast as it says",
		`Give a machine that lends itself out work against the clock: products of matrices, whose bits anyone can compute again. It takes about two seconds of the
machine's time; some pieces, drawn after the answer, are computed again here. A machine that is at work for others is slower than it says, so ask again before
you name it in exclude:. Exit status 1 when it is less than half as fast as the ledger says, or the answer is wrong.`, 1,
		func(ctx context.Context, c *operator.Client, args []string) error {
			v, err := c.ChallengeHost(ctx, operator.HostChallenge{Provider: args[0]})
			if err != nil {
				return err
			}
			speed := func(n uint64) string { return fmt.Sprintf("%.1f GFLOP/s", float64(n)/1e9) }
			if err := a.print(v, table{rows: [][]string{
				{"claimed", speed(v.Claimed)}, {"measured", speed(v.Measured)}, {"computed again", fmt.Sprintf("%d pieces, same bits: %t", v.Checked, v.Exact)},
			}}); err != nil {
				return err
			}
			if v.False {
				return fmt.Errorf("%s is not as fast as it says", args[0])
			}
			return nil
		})
}
