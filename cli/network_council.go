package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/internal/clock"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
)

func (a *app) networkSeats() *cobra.Command {
	return &cobra.Command{
		Use: "seats", Short: "List the organisations of the council", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.ask(func(remote *operator.Client) error {
				council, err := remote.Council(cmd.Context())
				if err != nil {
					return err
				}
				t := table{header: []string{"NAME", "POWER", "STATUS", "OPERATOR", "NODE"}}
				for _, s := range council.Seats {
					t.rows = append(t.rows, []string{s.Name, strconv.FormatUint(s.Power, 10), s.Status, s.Operator, s.Peer})
				}
				return a.print(council.Seats, t)
			})
		},
	}
}

// ask calls the running process, and says so when it waits for a ledger that stands still.
func (a *app) ask(do func(*operator.Client) error) error {
	remote, err := a.remote()
	if err != nil {
		return err
	}
	defer a.patience(remote)()
	return advise(do(remote))
}

// patienceAfter is how long a call may take without a word.
const patienceAfter = 5 * time.Second

// patience tells a person who waits that no block comes, until the returned function is called.
func (a *app) patience(remote *operator.Client) func() {
	ctx, cancel := context.WithCancel(context.Background()) // its end is the call's
	began, ended := clock.System(), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-ctx.Done():
			return
		case <-time.After(patienceAfter):
		}
		if n, err := remote.Network(ctx); err == nil && n.Time.Before(began) {
			fmt.Fprintf(a.stderr, "waiting for a block: the last one, %d, is of %s; blocks need validators with more than two thirds of the power\n",
				n.Height, n.Time.Format(time.RFC3339))
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

func (a *app) networkProposals() *cobra.Command {
	return &cobra.Command{
		Use: "proposals", Short: "List what the council votes on, newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.ask(func(remote *operator.Client) error {
				proposals, err := remote.Proposals(cmd.Context())
				if err != nil {
					return err
				}
				return a.print(proposals, proposalTable(proposals...))
			})
		},
	}
}

func proposalTable(proposals ...operator.Proposal) table {
	t := table{header: []string{"ID", "STATUS", "YES", "NO", "OF", "SUMMARY", "MESSAGES"}, empty: "no proposals"}
	for _, p := range proposals {
		kinds := make([]string, len(p.Messages))
		for i, kind := range p.Messages {
			kinds[i] = kind[strings.LastIndex(kind, ".")+1:]
		}
		count := func(n uint64) string { return strconv.FormatUint(n, 10) }
		t.rows = append(t.rows, []string{count(p.ID), p.Status, count(p.Yes), count(p.No), count(p.Total), p.Summary, strings.Join(kinds, " ")})
	}
	return t
}

func (a *app) networkVote() *cobra.Command {
	return &cobra.Command{
		Use: "vote ID yes|no", Short: "Vote on a proposal with this machine's seat", Args: cobra.ExactArgs(2), ValidArgs: []string{"yes", "no"},
		Long: `Vote on a proposal with this machine's seat; a vote can be changed while the proposal is open. It takes effect at once when more
than two thirds of the power of the active seats agree.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil || args[1] != "yes" && args[1] != "no" {
				return usage(errors.New("want the number of a proposal, and yes or no"))
			}
			return a.ask(func(remote *operator.Client) error {
				p, err := remote.Vote(cmd.Context(), operator.VoteRequest{ID: id, Yes: args[1] == "yes"})
				if err != nil {
					return err
				}
				return a.decided(p)
			})
		},
	}
}

// decided prints a proposal; one whose messages failed is an error.
func (a *app) decided(p operator.Proposal) error {
	if err := a.print(p, proposalTable(p)); err != nil || p.Failure == "" {
		return err
	}
	return hint(fmt.Errorf("proposal %d was agreed on and failed at %s", p.ID, p.Failure), "nothing of it took effect; mend it and propose it again")
}

// propose opens a proposal in the running process's name.
func (a *app) propose(ctx context.Context, summary string, messages ...any) error {
	req := operator.ProposeRequest{Summary: summary}
	for _, message := range messages {
		raw, err := json.Marshal(message)
		if err != nil {
			return fmt.Errorf("encode proposal: %w", err)
		}
		req.Messages = append(req.Messages, raw)
	}
	return a.ask(func(remote *operator.Client) error { //nolint:contextcheck // what looks after the wait ends with the call
		p, err := remote.Propose(ctx, req)
		if err != nil {
			return err
		}
		if p.Status == "open" {
			fmt.Fprintf(a.stderr, "proposal %d is open: the other seats vote with `ayni network vote %d yes`\n", p.ID, p.ID)
		}
		return a.decided(p)
	})
}

func (a *app) networkReturn() *cobra.Command {
	return &cobra.Command{
		Use: "return", Short: "Bring this machine's seat back after it was jailed for its absence", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.ask(func(remote *operator.Client) error {
				if err := remote.Return(cmd.Context()); err != nil {
					return err
				}
				return a.print(map[string]bool{"returned": true}, table{rows: [][]string{{"the seat is active again"}}})
			})
		},
	}
}

func (a *app) networkIssue() *cobra.Command {
	return &cobra.Command{
		Use: "issue ADDRESS CREDITS", Short: "Give an account fresh credits, within this organisation's quota as an issuer", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := home.Credits(args[1]); err != nil {
				return usage(err)
			}
			return a.ask(func(remote *operator.Client) error {
				req := operator.IssueRequest{Address: args[0], Credits: args[1]}
				if err := remote.Issue(cmd.Context(), req); err != nil {
					return err
				}
				return a.print(req, table{rows: [][]string{{"issued", args[1] + " credits to " + args[0]}}})
			})
		},
	}
}
