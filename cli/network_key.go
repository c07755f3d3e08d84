package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"ayni.example/chain"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
)

func (a *app) networkRotate() *cobra.Command {
	return &cobra.Command{
		Use: "rotate-key", Short: "Replace the key with which this machine signs blocks", Args: cobra.NoArgs,
		Long: `Replace the key with which this machine signs blocks: draw a new one, prove to the ledger that it is here, and sign with it from the
block on in which the seat has it. The old key stays until then and is removed. It works while the machine runs; if it fails, or
the machine stops half-way, run it again or just go on: the same new key is taken. Back the keys up again afterwards.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.ask(func(remote *operator.Client) error {
				r, err := remote.RotateKey(cmd.Context())
				if err != nil {
					return err
				}
				return a.print(r, table{rows: [][]string{{"new consensus key", r.Key}}})
			})
		},
	}
}

const resumeHelp = `Let this home sign blocks again, after it was copied, restored or stopped because another process signs with its key.

A home that is a copy does not sign by itself: its original might still run, and a key that signs one height twice is condemned for
good. In a network that goes on without it, it listens: after 10 blocks without a signature of its key it signs again, and nobody
needs this command. It is needed where the network stands still until this very machine signs, such as a network of one machine that
was moved to another disk, and where two processes were caught signing with one key.

Make sure first that no other process has this key: that the old machine is off and will not start again by itself. Nobody can check
that for you. Then, while this home is stopped:

  ayni network resume-signing --i-know-no-other-copy-runs`

func (a *app) networkResume() *cobra.Command {
	var sure bool
	cmd := &cobra.Command{
		Use: "resume-signing", Short: "Let a copied or restored home sign blocks, on your word that no other copy runs", Args: cobra.NoArgs, Long: resumeHelp,
		RunE: func(*cobra.Command, []string) error {
			h, err := a.open()
			if err != nil {
				return err
			}
			if !h.Exists() {
				return hint(home.ErrAbsent, "name another home with --home")
			}
			if err := h.Lock(); err != nil {
				return err
			}
			return errors.Join(a.resume(h, sure), h.Unlock())
		},
	}
	cmd.Flags().BoolVar(&sure, "i-know-no-other-copy-runs", false, "no other process has this key, and none will start")
	return cmd
}

func (a *app) resume(h *home.Home, sure bool) error {
	why, err := chain.HeldHome(h.Dir())
	if err != nil {
		return err
	}
	if why == "" {
		return hint(chain.ErrNoHold, "start it with `ayni up`")
	}
	if !sure {
		return hint(errors.New("not done: "+why),
			"if another process signs with this key it is condemned for good; when you are sure that none does, add --i-know-no-other-copy-runs")
	}
	if err := chain.ResumeSigning(h.Dir()); err != nil {
		return err
	}
	return a.print(map[string]string{"resumed": why}, table{rows: [][]string{{"signs from the next start on; it was held because: " + why}}})
}
