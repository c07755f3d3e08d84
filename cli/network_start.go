package cli

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"ayni.example/cli/machine"
	"ayni.example/council"
)

func (a *app) networkStart() *cobra.Command {
	var s settings
	var digest string
	var follow, ledgerOnly bool
	cmd := &cobra.Command{
		Use: "start GENESIS", Short: "Start this home in a network, from its file", Args: cobra.ExactArgs(1),
		Long: `Start this home in a network from the file that ` + "`ayni network genesis`" + ` wrote, if it has the digest that the founders agreed on
and a seat for this home. It runs as ` + "`ayni up`" + ` does; later starts need only ` + "`ayni up`" + `, or ` + "`ayni node`" + ` for the ledger alone.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if digest == "" {
				return hint(usage(errors.New("--digest is needed")), "`ayni network genesis` printed it; ask a founder by another way than the one by which the file came")
			}
			raw, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			network, err := council.Open(raw, digest)
			if err != nil {
				return hint(err, "ask a founder for file and digest again, the digest by another way than the file")
			}
			return a.run(cmd, &s, machine.Config{Network: &network, Follow: follow, LedgerOnly: ledgerOnly})
		},
	}
	s.register(cmd)
	f := cmd.Flags()
	f.StringVar(&digest, "digest", "", "SHA-256 of the file, as the founders agreed on it")
	f.BoolVar(&follow, "follow", false, "follow the network without a seat in it")
	f.BoolVar(&ledgerOnly, "ledger-only", false, "run the ledger alone, as ayni node does")
	return cmd
}

func (a *app) node() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use: "node", Short: "Run the ledger alone: no gateway, no provider, no models", Args: cobra.NoArgs,
		Long: `Run the ledger of this home alone: no gateway, no provider, no models. Standard output gets one line, "ready tcp://ID@HOST:PORT",
when other nodes can connect, also before the network's first block.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.run(cmd, &s, machine.Config{LedgerOnly: true}) },
	}
	s.registerLedger(cmd)
	return cmd
}
