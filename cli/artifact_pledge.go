package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/web/operator"
)

func (a *app) pledgeTable(list []operator.Pledge, empty string) table {
	t := table{header: []string{"DIGEST", "SIZE", "HOLDER", "BOND", "UNTIL", "WAITING", "ANSWERED", "CONTENT"}, empty: empty}
	for _, p := range list {
		t.rows = append(t.rows, []string{
			p.Digest, size(int64(p.Size)), p.Holder, p.Bond, date(p.Until), strconv.Itoa(int(p.Waiting)), strconv.FormatUint(p.Answered, 10), p.Content,
		})
	}
	return t
}

// running is a command that needs the running process.
func (a *app) running(use, brief, long string, args int, do func(context.Context, *operator.Client, []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: brief, Long: long, Args: cobra.ExactArgs(args),
		RunE: func(cmd *cobra.Command, args []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			return advise(do(cmd.Context(), remote, args))
		},
	}
}

func (a *app) artifactPledge() *cobra.Command {
	var req operator.PledgeRequest
	cmd := a.running("pledge DIGEST", "Promise on the ledger to hold an artifact, with a bond",
		`Promise on the ledger to hold an artifact of this disk. Until the end, anyone may ask for a leaf of 16 KiB of it; this machine
answers by itself while it runs. A leaf that is not shown in time costs the bond.`, 1,
		func(ctx context.Context, c *operator.Client, args []string) error {
			return a.pledged(ctx, c, req, args[0])
		})
	cmd.Flags().StringVar(&req.Bond, "bond", "1", "credits that are locked until it ends")
	cmd.Flags().DurationVar(&req.Lasts, "until", 720*time.Hour, "how long from now")
	return cmd
}

func (a *app) artifactExtend() *cobra.Command {
	var req operator.PledgeRequest
	cmd := a.running("extend DIGEST", "Pledge for longer", "", 1,
		func(ctx context.Context, c *operator.Client, args []string) error {
			return a.pledged(ctx, c, req, args[0])
		})
	cmd.Flags().DurationVar(&req.Lasts, "until", 720*time.Hour, "how long from now")
	return cmd
}

func (a *app) pledged(ctx context.Context, c *operator.Client, req operator.PledgeRequest, digest string) error {
	req.Digest = digest
	p, err := c.PledgeArtifact(ctx, req)
	if err != nil {
		return err
	}
	return a.print(p, table{rows: [][]string{{fmt.Sprintf("pledged %s until %s with %s credits", p.Digest, date(p.Until), p.Bond)}}})
}

func (a *app) artifactRelease() *cobra.Command {
	return a.action("release DIGEST", "End a pledge whose time is over, and get the bond back", 1,
		func(ctx context.Context, c *operator.Client, args []string) error {
			return c.ReleaseArtifact(ctx, args[0])
		})
}

func (a *app) artifactHolders() *cobra.Command {
	return a.running("holders DIGEST", "List who has pledged to hold an artifact",
		`List who has pledged to hold an artifact. CONTENT tells whether the pledge is of its bytes, when they are on this disk: a
pledge whose root is another's proves nothing.`, 1,
		func(ctx context.Context, c *operator.Client, args []string) error {
			list, err := c.Holders(ctx, args[0])
			if err != nil {
				return err
			}
			return a.print(list, a.pledgeTable(list, "nobody has pledged it"))
		})
}

func (a *app) artifactPledges() *cobra.Command {
	var holder string
	cmd := a.running("pledges", "List this machine's pledges, or another's", "", 0,
		func(ctx context.Context, c *operator.Client, _ []string) error {
			list, err := c.Pledges(ctx, holder)
			if err != nil {
				return err
			}
			return a.print(list, a.pledgeTable(list, "no pledges: `ayni artifact pledge` makes one"))
		})
	cmd.Flags().StringVar(&holder, "holder", "", "account of another machine")
	return cmd
}

func (a *app) artifactChallenge() *cobra.Command {
	var req operator.ChallengeRequest
	leaf := int64(-1)
	cmd := a.running("challenge DIGEST", "Ask a holder on the ledger for a leaf of what it has pledged",
		"Ask a holder for a leaf, at the price of a deposit, which it earns by the answer. Without one in time it loses its bond.", 1,
		func(ctx context.Context, c *operator.Client, args []string) error {
			req.Digest = args[0]
			if leaf >= 0 {
				n := uint64(leaf)
				req.Leaf = &n
			}
			got, err := c.ChallengeArtifact(ctx, req)
			if err != nil {
				return err
			}
			return a.print(got, table{rows: [][]string{{fmt.Sprintf("asked %s for leaf %d", got.Holder, got.Leaf)}}})
		})
	cmd.Flags().StringVar(&req.Holder, "holder", "", "account of the holder")
	cmd.Flags().Int64Var(&leaf, "leaf", -1, "number of the leaf (default: drawn at random)")
	_ = cmd.MarkFlagRequired("holder") // the flag is there
	return cmd
}

func (a *app) artifactChallenges() *cobra.Command {
	var holder string
	cmd := a.running("challenges", "List the challenges that wait for this machine's answer, or another's", "", 0,
		func(ctx context.Context, c *operator.Client, _ []string) error {
			list, err := c.Challenges(ctx, holder)
			if err != nil {
				return err
			}
			t := table{header: []string{"DIGEST", "LEAF", "HOLDER", "CHALLENGER", "DEPOSIT", "DUE", "HEIGHT"}, empty: "no challenges"}
			for _, c := range list {
				t.rows = append(t.rows, []string{
					c.Digest, strconv.FormatUint(c.Leaf, 10), c.Holder, c.Challenger, c.Deposit, date(c.Due), strconv.FormatInt(c.DueHeight, 10),
				})
			}
			return a.print(list, t)
		})
	cmd.Flags().StringVar(&holder, "holder", "", "account of another machine")
	return cmd
}
