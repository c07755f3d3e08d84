package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"ayni.example/web/operator"
)

func (a *app) vaultUses() *cobra.Command {
	return a.running("uses", "Tell who used your data, and what it earned",
		`Tell who used your data: who read it under a grant, into which pools and assets it went, how many models were made of these since, and what
they brought. The console has the same at /console/data, with a button that revokes.`, 0,
		func(ctx context.Context, c *operator.Client, _ []string) error {
			u, err := c.VaultUses(ctx)
			if err != nil {
				return err
			}
			return a.print(u, table{rows: useRows(u)})
		})
}

func useRows(u operator.VaultUses) [][]string {
	rows := [][]string{{"earned", u.Earned + " credits"}}
	for _, i := range u.Income {
		line := fmt.Sprintf("%s credits from %s", i.Credits, i.FromName)
		if i.All != "" {
			line += fmt.Sprintf(", of which %s of %s points are yours", i.Points, i.All)
		}
		rows = append(rows, []string{"income of " + i.ToName, line})
	}
	for _, o := range u.Objects {
		for _, to := range o.Into {
			rows = append(rows, []string{o.Name, fmt.Sprintf("in %s (%s), %d assets were made of it since", to.Name, short(to.Asset), to.Made)})
		}
	}
	for _, x := range u.Accesses {
		what := x.Action + " by " + x.Reader
		if x.Refused != "" {
			what = x.Action + " refused to " + x.Reader + ": " + x.Refused
		}
		rows = append(rows, []string{x.Name, date(x.Time) + " " + what + ", " + strconv.FormatInt(x.Bytes, 10) + " bytes"})
	}
	return rows
}
