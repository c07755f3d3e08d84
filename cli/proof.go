package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/client/verdict"
	"ayni.example/web/operator"
)

func (a *app) proof() *cobra.Command {
	var out string
	known := make([]string, 0, len(verdict.Facts()))
	for _, f := range verdict.Facts() {
		known = append(known, "  ayni proof "+strings.Join(append([]string{f.Name}, f.Args...), " "))
	}
	cmd := &cobra.Command{
		Use: "proof WORD...", Short: "Prove to others what stands on the ledger", Args: cobra.MinimumNArgs(1),
		Long: `Print a bundle that proves an entry of the ledger's state, or that there is none: the entry, its Merkle proof and the blocks
that lead there from the genesis. Anyone who trusts the genesis, or a block, checks it offline with "ayni verify FILE"; it stays
valid whatever this machine or the network forget later.

` + strings.Join(known, "\n") + `
  ayni proof store NAME KEY      any other entry, its key in hex`,
		RunE: func(cmd *cobra.Command, args []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			bundle, err := remote.Prove(cmd.Context(), args)
			if err != nil {
				return advise(err)
			}
			return a.write(out, bundle)
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to this file instead of standard output")
	cmd.AddCommand(a.trail())
	return cmd
}

func (a *app) trail() *cobra.Command {
	var out, take string
	cmd := &cobra.Command{
		Use: "trail", Short: "Print or take over the blocks that lead from the genesis to today", Args: cobra.NoArgs,
		Long: `Print the light blocks by which this machine proves things from the genesis although it forgets old blocks. A machine that began
from a snapshot of the state has none: it takes another's with --import, which is followed from the genesis before it counts.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			if take != "" {
				return a.takeTrail(cmd.Context(), remote, take)
			}
			trail, err := remote.Trail(cmd.Context())
			if err != nil {
				return advise(err)
			}
			return a.write(out, trail)
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to this file instead of standard output")
	cmd.Flags().StringVar(&take, "import", "", "take over the trail in this file")
	cmd.MarkFlagsMutuallyExclusive("output", "import")
	return cmd
}

func (a *app) takeTrail(ctx context.Context, remote *operator.Client, file string) error {
	raw, err := a.readFile(file)
	if err != nil {
		return err
	}
	return advise(remote.SetTrail(ctx, raw))
}

// write puts a line of text where it was asked for.
func (a *app) write(name string, line []byte) error {
	line = append(line, '\n')
	if name == "" {
		_, err := a.stdout.Write(line)
		return err
	}
	if err := os.WriteFile(name, line, 0o644); err != nil { //nolint:gosec // proofs are for others to read
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
