package cli

import "github.com/spf13/cobra"

func (a *app) compute() *cobra.Command {
	cmd := &cobra.Command{Use: "compute", Short: "Rent machines, and lend this one out"}
	cmd.AddCommand(a.computeHost())
	return cmd
}
