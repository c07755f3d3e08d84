package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/web/operator"
)

func (a *app) invite() *cobra.Command {
	req := operator.InviteRequest{}
	cmd := &cobra.Command{
		Use: "invite", Short: "Make a token that adds one machine to the network", Args: cobra.NoArgs,
		Long: `Make a token that adds one machine to the network. The token holds a secret: send it to the machine's owner alone.
It works once. On the other machine: ayni join TOKEN`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			invite, err := remote.Invite(cmd.Context(), req)
			if err != nil {
				return advise(err)
			}
			if a.json {
				return a.printJSON(invite)
			}
			fmt.Fprintf(a.stderr, "on the other machine, before %s:\n  ayni join TOKEN\n", invite.Expires.Format(time.DateTime))
			fmt.Fprintln(a.stdout, invite.Token)
			return nil
		},
	}
	cmd.Flags().StringVar(&req.Credits, "credits", "25", "credits granted to the machine, for its bond and fees")
	cmd.Flags().DurationVar(&req.Expires, "expires", 24*time.Hour, "how long the token works")
	return cmd
}
