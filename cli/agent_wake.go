package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/agent/host"
	"ayni.example/web/operator"
)

func sorted(values map[string]string) []string { return slices.Sorted(maps.Keys(values)) }

func (a *app) agentTalk() *cobra.Command {
	wait := 3 * time.Minute
	cmd := a.running("talk AGENT MESSAGE", "Say something to an agent and wait for its answer",
		`Say something to an agent, which wakes it, and wait for its answer. The message is sealed to the machines that may host it. With --wait 0 the
wake-up is printed at once; "ayni agent log AGENT WAKE-UP" shows the answer later.`, 2,
		func(ctx context.Context, c *operator.Client, args []string) error {
			w, err := c.TalkAgent(ctx, operator.AgentMessage{Agent: args[0], Text: args[1]})
			for end := time.Now().Add(wait); err == nil && w.State != "over" && time.Now().Before(end); { //nolint:forbidigo // a person waits
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(time.Second):
				}
				w, err = c.AgentWake(ctx, w.Agent, w.Wake)
			}
			if err != nil {
				return err
			}
			if w.State != "over" && wait > 0 {
				return hint(fmt.Errorf("wake-up %d is %s after %s", w.Wake, w.State, wait), "`ayni agent show` tells whether it sleeps or nobody hosts it; whether its model is there, its host's log")
			}
			return a.printWake(w)
		})
	cmd.Flags().DurationVar(&wait, "wait", wait, "how long to wait")
	return cmd
}

func (a *app) agentLog() *cobra.Command {
	return &cobra.Command{
		Use: "log AGENT [WAKE-UP]", Short: "List wake-ups, newest first, or show one with its answer", Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			if len(args) == 2 {
				n, err := wakeNumber(args[1])
				if err != nil {
					return err
				}
				w, err := remote.AgentWake(cmd.Context(), args[0], n)
				if err != nil {
					return advise(err)
				}
				return a.printWake(w)
			}
			log, err := remote.AgentLog(cmd.Context(), args[0])
			if err != nil {
				return advise(err)
			}
			t := table{header: []string{"WAKE-UP", "TIME", "CAUSE", "HOST", "COST", "ACTIONS"}, empty: "it has not woken yet"}
			for _, w := range log {
				var done []string
				for _, x := range w.Actions {
					done = append(done, actionText(x))
				}
				t.rows = append(t.rows, []string{strconv.FormatUint(w.Wake, 10), w.At.Format(time.DateTime), w.Cause, short(w.Host), w.Cost, strings.Join(done, "; ")})
			}
			return a.print(log, t)
		},
	}
}

func wakeNumber(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, usage(fmt.Errorf("%s: want the number of a wake-up", text))
	}
	return n, nil
}

func actionText(x operator.AgentAction) string {
	text := x.What + " " + x.Amount + " " + x.Outcome
	if x.Reason != "" {
		text += " (" + x.Reason + ")"
	}
	return text
}

func (a *app) printWake(w operator.AgentWake) error {
	t := table{rows: [][]string{{"wake-up", strconv.FormatUint(w.Wake, 10)}, {"state", w.State}}}
	add := func(name, value string) {
		if value != "" {
			t.rows = append(t.rows, []string{name, value})
		}
	}
	add("cause", w.Cause)
	add("host", w.Host)
	add("cost", w.Cost)
	for _, x := range w.Actions {
		add("action", actionText(x))
	}
	for _, n := range w.Notes {
		add("note", n)
	}
	add("receipts", strings.Join(w.Receipts, " "))
	add("answer", w.Answer)
	add("not read", w.Sealed)
	return a.print(w, t)
}

func (a *app) agentReplay() *cobra.Command {
	return a.running("replay AGENT WAKE-UP", "Ask the models of a wake-up again and compare",
		`Ask the models of a wake-up again, with the seed that the ledger drew, and compare every answer with the one that the host told. Results of tools
cannot be asked again; they are listed. Exit status: 0 the same, 1 something differs.`, 2,
		func(ctx context.Context, c *operator.Client, args []string) error {
			n, err := wakeNumber(args[1])
			if err != nil {
				return err
			}
			r, err := c.ReplayAgent(ctx, args[0], n)
			if err != nil {
				return err
			}
			t := table{rows: [][]string{{"same", yes(r.OK)}}}
			for i, thought := range r.Thoughts {
				t.rows = append(t.rows, []string{"thought " + strconv.Itoa(i), strings.TrimSpace(yes(thought.Same) + " " + thought.Why)})
			}
			for _, u := range r.Unchecked {
				t.rows = append(t.rows, []string{"not checked", u})
			}
			if err := a.print(r, t); err != nil {
				return err
			}
			if !r.OK {
				return errors.New("the models say something else than the host told")
			}
			return nil
		})
}

func (a *app) agentExport() *cobra.Command {
	out := "-"
	cmd := a.running("export AGENT", "Write an agent's charter, state and log as one JSON document", "", 1,
		func(ctx context.Context, c *operator.Client, args []string) error {
			x, err := c.ExportAgent(ctx, args[0])
			if err != nil {
				return err
			}
			return a.into(out, func(w writer) error {
				encoder := json.NewEncoder(w)
				encoder.SetIndent("", "  ")
				return encoder.Encode(x)
			})
		})
	cmd.Flags().StringVarP(&out, "out", "o", out, "file to write")
	return cmd
}

func (a *app) agentTools() *cobra.Command {
	return &cobra.Command{
		Use: "tools URL", Short: "List the tools of an MCP server with the pins that charters name them by", Args: cobra.ExactArgs(1),
		Long: `List the tools of a server of the Model Context Protocol. A charter names each by its pin, the digest of all that a model is told of it: a tool
that changes afterwards is off. An agent's own server is at GATEWAY/mcp/agents/ID.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := host.Tools(cmd.Context(), args[0])
			if err != nil {
				return hint(err, "the URL is that of a server that speaks streamable HTTP, such as http://127.0.0.1:7070/mcp")
			}
			t := table{header: []string{"TOOL", "PIN", "ABOUT"}, empty: "it has no tools"}
			for _, o := range list {
				about, _, _ := strings.Cut(o.About, ". ")
				t.rows = append(t.rows, []string{o.Name, o.Pin, about})
			}
			return a.print(list, t)
		},
	}
}
