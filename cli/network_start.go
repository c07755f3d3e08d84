package cli

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"ayni.example/chain"
	"ayni.example/cli/machine"
	"ayni.example/council"
	"ayni.example/internal/home"
)

// syncFlags say where a new home fetches the ledger's state.
type syncFlags struct {
	wanted bool
	height int64
	hash   string
	from   []string
}

func (s *syncFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&s.wanted, "state-sync", false, "fetch the state from other nodes instead of making all blocks; needs the three that follow")
	f.Int64Var(&s.height, "trust-height", 0, "height of a block that you believe: `ayni network show` on a machine that you trust")
	f.StringVar(&s.hash, "trust-hash", "", "hash of that block")
	f.StringSliceVar(&s.from, "sync-from", nil, "HOST:PORT of the RPC of other nodes (their --ledger-rpc); two or more, so that a lie shows")
}

func (s *syncFlags) source() (chain.StateSync, error) {
	if !s.wanted {
		return chain.StateSync{}, nil
	}
	hash, err := hex.DecodeString(s.hash)
	if err != nil || len(hash) == 0 || s.height < 1 || len(s.from) == 0 {
		return chain.StateSync{}, hint(usage(errors.New("--state-sync needs --trust-height, --trust-hash and --sync-from")),
			"height and hash: `ayni network show` on a machine that you trust, not older than a day")
	}
	return chain.StateSync{RPC: s.from, Height: s.height, Hash: hash}, nil
}

func (a *app) networkStart() *cobra.Command {
	var s settings
	var sync syncFlags
	var digest string
	var follow, ledgerOnly bool
	cmd := &cobra.Command{
		Use: "start GENESIS", Short: "Start this home in a network, from its genesis", Args: cobra.ExactArgs(1),
		Long: `Start this home in a network from the genesis that ` + "`ayni network genesis`" + ` wrote, if it has the digest that the founders agreed
on and a seat for this home. It runs as ` + "`ayni up`" + ` does; later starts need only ` + "`ayni up`" + `, or ` + "`ayni node`" + ` for the ledger alone.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if digest == "" {
				return hint(usage(errors.New("--digest is needed")), "`ayni network genesis` printed it; ask a founder by another way than the one by which the file came")
			}
			source, err := sync.source()
			if err != nil {
				return err
			}
			raw, err := home.ReadFile(args[0], fileMax)
			if err != nil {
				return err
			}
			genesis, err := council.Open(raw, digest)
			if err != nil {
				return hint(fmt.Errorf("%s: %w", args[0], err), "ask a founder for file and digest again, the digest by another way than the file")
			}
			return a.run(cmd, &s, machine.Config{Network: genesis, Follow: follow, LedgerOnly: ledgerOnly, StateSync: source})
		},
	}
	s.register(cmd)
	sync.register(cmd)
	f := cmd.Flags()
	f.StringVar(&digest, "digest", "", "SHA-256 of the file, as the founders agreed on it")
	f.BoolVar(&follow, "follow", false, "follow the network without a seat in its genesis")
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
