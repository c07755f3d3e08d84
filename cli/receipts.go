package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/cli/machine"
	"ayni.example/web/operator"
)

func (a *app) receipts() *cobra.Command {
	cmd := &cobra.Command{Use: "receipts", Aliases: []string{"receipt"}, Short: "Receipts of answers"}
	page := operator.Page{}
	list := listing(a, "list", "List receipts, newest first", "no receipts yet: ask a model something",
		func(ctx context.Context, c *operator.Client) ([]operator.Receipt, error) {
			return c.Receipts(ctx, page)
		},
		[]string{"ID", "TIME", "MODEL", "PROVIDER", "IN", "OUT", "CREDITS", "STATUS"},
		func(r operator.Receipt) []string {
			return []string{r.ID, r.Time.Format(time.DateTime), r.Model, short(r.Provider), strconv.Itoa(r.Prompt), strconv.Itoa(r.Completion), r.Total, r.Status}
		})
	list.Flags().IntVar(&page.Limit, "limit", 50, "most lines")
	list.Flags().StringVar(&page.Before, "before", "", "go on below this receipt")
	list.Flags().BoolVar(&page.Earned, "earned", false, "those that this machine signed for others")
	cmd.AddCommand(list, a.receiptShow(), a.receiptReplay())
	return cmd
}

func (a *app) receiptShow() *cobra.Command {
	var proofs, public, shares bool
	var content string
	cmd := &cobra.Command{
		Use: "show ID", Short: "Print a receipt as the file that `ayni verify` reads", Args: cobra.ExactArgs(1),
		Long: `Print a receipt as the file that ayni verify reads. --proofs adds evidence from the ledger, so that the file can be
checked offline by anyone. --public leaves out the salt, so that nobody can guess what was asked from its digest.
--content request or --content answer prints what was asked or answered instead, kept only with keep_content: true.
--shares prints instead what of the price goes to the model's owner and to those from whose work it was made, as the ledger divides it now.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			if shares {
				return a.receiptShares(cmd.Context(), remote, args[0])
			}
			if content != "" {
				return a.receiptContent(cmd.Context(), remote, args[0], content)
			}
			file, err := remote.ReceiptFile(cmd.Context(), args[0], proofs, public)
			if err != nil {
				return advise(err)
			}
			_, err = a.stdout.Write(file)
			return err
		},
	}
	cmd.Flags().BoolVar(&proofs, "proofs", false, "add proofs from the ledger")
	cmd.Flags().BoolVar(&public, "public", false, "leave out what opens the digests")
	cmd.Flags().BoolVar(&shares, "shares", false, "print who has a share in the price")
	cmd.Flags().StringVar(&content, "content", "", "print the request or the answer")
	cmd.MarkFlagsMutuallyExclusive("shares", "content")
	return cmd
}

func (a *app) receiptShares(ctx context.Context, remote *operator.Client, id string) error {
	u, err := remote.Upstream(ctx, id)
	if err != nil {
		return advise(err)
	}
	t := table{header: []string{"NAME", "ASSET", "SHARE", "CREDITS", ""}, empty: "all of the price is the provider's: nobody has a share in this model"}
	for _, s := range u.Shares {
		held := ""
		if s.Held {
			held = "held: suspected parent"
		}
		t.rows = append(t.rows, []string{s.Name, short(s.Asset), percent(s.PPM) + " %", s.Amount, held})
	}
	return a.print(u, t)
}

func (a *app) receiptContent(ctx context.Context, remote *operator.Client, id, which string) error {
	c, err := remote.Content(ctx, id)
	if err != nil {
		return advise(err)
	}
	bytes, ok := map[string][]byte{"request": c.Request, "answer": c.Answer}[which]
	if !ok {
		return usage(fmt.Errorf("--content %q: want request or answer", which))
	}
	_, err = a.stdout.Write(bytes)
	return err
}

func (a *app) receiptReplay() *cobra.Command {
	var held machine.Held
	var request, answer string
	cmd := &cobra.Command{
		Use: "replay ID | FILE --request REQUEST [--answer ANSWER]", Short: "Recompute an answer of the exact engine and compare every token",
		Args: cobra.ExactArgs(1),
		Long: `Recompute an answer of the exact engine, with the receipt's seed, and compare text and every token with what was signed. With an
ID the running process does it, from what it kept (keep_content: true). With a receipt file and the request that you sent, byte for byte,
nothing else is needed but the model: no network, no running process, and for the built-in model no home.

An answer that is at hand is computed in one pass over the model instead of one for each token. It is not believed: each token is
chosen again, and one that differs is found. --compare also generates the answer anew and shows what both took.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if request == "" && (answer != "" || held.Compare) {
				return usage(errors.New("--answer and --compare go with a receipt file and --request"))
			}
			replay, err := a.replay(cmd.Context(), args[0], request, answer, held)
			if err != nil {
				return advise(err)
			}
			ids, err := json.Marshal(replay.Tokens)
			if err != nil {
				return err
			}
			rows := [][]string{
				{"same", yes(replay.Same)},
				{"threads", strconv.Itoa(replay.Threads)},
				{"passes", strconv.Itoa(replay.Passes)},
				{"cpu", fmt.Sprintf("%.3f s", replay.CPU)},
				{"tokens", string(ids)},
			}
			if replay.Anew > 0 {
				rows = append(rows, []string{"generation", fmt.Sprintf("%.3f s; the replay took %.2f of it", replay.Anew, replay.CPU/replay.Anew)})
			}
			if replay.Same && replay.Reason != "" {
				rows = append(rows, []string{"note", replay.Reason})
			}
			err = a.print(replay, table{rows: rows})
			if err == nil && !replay.Same {
				err = fmt.Errorf("replay of %s: %s", args[0], replay.Reason)
			}
			return err
		},
	}
	cmd.Flags().IntVar(&held.Threads, "threads", 1, "threads of the exact engine")
	cmd.Flags().StringVar(&request, "request", "", "file with the request's body, byte for byte; then FILE is a receipt file")
	cmd.Flags().StringVar(&answer, "answer", "", "file with the answer, its text or the response as received: makes the replay faster")
	cmd.Flags().BoolVar(&held.Compare, "compare", false, "generate the answer anew as well and show what both take")
	return cmd
}

func (a *app) replay(ctx context.Context, what, request, answer string, held machine.Held) (operator.Replay, error) {
	if request == "" {
		remote, err := a.remote()
		if err != nil {
			return operator.Replay{}, err
		}
		return remote.Replay(ctx, what, held.Threads)
	}
	raw, err := a.readFile(what)
	if err != nil {
		return operator.Replay{}, err
	}
	if held.Request, err = a.readHeld(request); err != nil {
		return operator.Replay{}, err
	}
	if held.Answer, err = a.readHeld(answer); err != nil {
		return operator.Replay{}, err
	}
	h, err := a.open()
	if err != nil {
		return operator.Replay{}, err
	}
	held.Models = h.Models()
	if held.Log, err = a.logger("error"); err != nil {
		return operator.Replay{}, err
	}
	again, err := machine.ReplayFile(ctx, raw, held)
	return again, started(err)
}
