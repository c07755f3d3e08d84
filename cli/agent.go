package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/agent/charter"
	"ayni.example/agent/template"
	"ayni.example/web/operator"
)

const agentHelp = `An agent has a charter, a treasury that nobody has a key for, and wake-ups. The ledger keeps its limits: whatever the model, its host or a web
page says, it pays no more than the caps, and nobody who is not on the list.

  ayni agent create charter.yaml --deposit 5      or --template research --set model=qwen3:4b --set pages=https://example.org/
  ayni agent talk research "what is new?"
  ayni agent show research                        treasury, caps, what waits
  ayni agent approve research 3                   an action above the threshold
  ayni agent pause research                       at once, whatever its host does
  ayni agent host                                 this machine runs agents, for a price`

func (a *app) agent() *cobra.Command {
	cmd := &cobra.Command{Use: "agent", Short: "Agents with a wallet that no prompt can empty", Long: agentHelp}
	list := a.agentList()
	cmd.AddCommand(a.agentCreate(), a.agentAmend(), list, a.agentShow(), a.agentTalk(), a.agentLog(), a.agentReplay(), a.agentApprove(),
		a.agentMoney("fund", "Put credits into a treasury; anyone may", (*operator.Client).FundAgent),
		a.agentMoney("withdraw", "Take credits out, after the timelock; the guardian may veto", (*operator.Client).WithdrawAgent),
		a.agentOrder("pause", "Stop an agent until it is resumed; in the next block, whatever its host does"),
		a.agentOrder("resume", "Let a paused agent go on"),
		a.agentOrder("kill", "End an agent for good; what it has can be withdrawn"),
		a.agentExport(), a.agentTools(), a.agentHost())
	return cmd
}

// charterMax bounds a file.
const charterMax = 256 << 10

// charterFlags read where a charter comes from.
type charterFlags struct {
	template string
	set      []string
}

func (f *charterFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.template, "template", "", "one of "+strings.Join(template.Names(), ", ")+", in place of a file")
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "value of a template, such as budget=2; may be given again")
}

func (f *charterFlags) read(a *app, args []string) (operator.AgentRequest, error) {
	var req operator.AgentRequest
	switch {
	case f.template == "" && len(args) == 1:
		if len(f.set) > 0 {
			return req, usage(errors.New("--set goes with --template"))
		}
		text, err := a.readFile(args[0])
		if err == nil && len(text) > charterMax {
			err = fmt.Errorf("%s has more than %d bytes", args[0], charterMax)
		}
		req.File, req.Charter = filepath.Base(args[0]), text
		if err != nil {
			return req, err
		}
	case f.template != "" && len(args) == 0:
		values := map[string]string{}
		for _, pair := range f.set {
			key, value, found := strings.Cut(pair, "=")
			if !found {
				return req, usage(fmt.Errorf("--set %s: want NAME=VALUE", pair))
			}
			values[key] = value
		}
		text, err := template.Charter(f.template, values)
		if err != nil {
			return req, hint(usage(err), "`ayni agent create --help` lists what a template takes")
		}
		req.File, req.Charter = f.template+".yaml", text
	default:
		return req, hint(usage(errors.New("want a charter file, or --template NAME")), "`ayni agent create --help` shows both")
	}
	if _, err := charter.Parse(req.File, req.Charter); err != nil { // told before anything is sent
		return req, usage(advised(err))
	}
	return req, nil
}

func templatesHelp() string {
	var b strings.Builder
	for _, name := range template.Names() {
		values := template.Defaults(name)
		var parts []string
		for _, key := range sorted(values) {
			if values[key] == "" {
				parts = append(parts, key+" (needed)")
				continue
			}
			parts = append(parts, key+"="+values[key])
		}
		fmt.Fprintf(&b, "\n  %-11s %s", name, strings.Join(parts, ", "))
	}
	return b.String()
}

func (a *app) agentCreate() *cobra.Command {
	var from charterFlags
	var label, guardian, deposit string
	cmd := &cobra.Command{
		Use: "create CHARTER | --template NAME", Short: "Enter an agent on the ledger, owned by this machine's account", Args: cobra.MaximumNArgs(1),
		Long: `Enter an agent on the ledger, owned by this machine's account. What it says and remembers can be read by this home and by those who may
host it. Templates and their values:` + templatesHelp() + `

Exit status: 0 done, 1 refused, 2 wrong charter or usage, 3 nothing runs on this home.`,
		Example: "  ayni agent create --template research --set model=qwen3:4b --set pages=https://example.org/ --deposit 2",
		RunE: func(cmd *cobra.Command, args []string) error {
			req, err := from.read(a, args)
			if err != nil {
				return err
			}
			req.Label, req.Guardian, req.Deposit = label, guardian, deposit
			remote, err := a.remote()
			if err != nil {
				return err
			}
			return a.printAgent(remote.CreateAgent(cmd.Context(), req))
		},
	}
	from.add(cmd)
	cmd.Flags().StringVar(&label, "label", "", "your word for it, in place of the charter's")
	cmd.Flags().StringVar(&guardian, "guardian", "", "account that may pause, kill and veto, and nothing else")
	cmd.Flags().StringVar(&deposit, "deposit", "0", "credits that it begins with")
	return cmd
}

func (a *app) agentAmend() *cobra.Command {
	var from charterFlags
	cmd := &cobra.Command{
		Use: "amend AGENT CHARTER", Short: "Give an agent another charter: tighter at once, looser after the timelock", Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			req, err := from.read(a, args[1:])
			if err != nil {
				return err
			}
			req.Agent = args[0]
			remote, err := a.remote()
			if err != nil {
				return err
			}
			return a.printAgent(remote.AmendAgent(cmd.Context(), req))
		},
	}
	from.add(cmd)
	return cmd
}

func (a *app) agentList() *cobra.Command {
	all := false
	cmd := listing(a, "list", "List agents", "no agents: `ayni agent create` makes one",
		func(ctx context.Context, c *operator.Client) ([]operator.Agent, error) { return c.Agents(ctx, all) },
		[]string{"LABEL", "ID", "STATE", "BALANCE", "WAKE-UPS", "WAIT"},
		func(g operator.Agent) []string {
			return []string{g.Label, short(g.ID), agentState(g), g.Balance, strconv.FormatUint(g.Wakes, 10), strconv.FormatUint(g.Queued, 10)}
		})
	cmd.Flags().BoolVar(&all, "all", false, "those of everybody")
	return cmd
}

func (a *app) agentShow() *cobra.Command {
	return a.running("show AGENT", "Show an agent: treasury, caps, what waits", "", 1, func(ctx context.Context, c *operator.Client, args []string) error {
		return a.printAgent(c.Agent(ctx, args[0]))
	})
}

func (a *app) agentMoney(verb, brief string, call func(*operator.Client, context.Context, operator.AgentMoney) (operator.Agent, error)) *cobra.Command {
	return a.running(verb+" AGENT CREDITS", brief, "", 2, func(ctx context.Context, c *operator.Client, args []string) error {
		return a.printAgent(call(c, ctx, operator.AgentMoney{Agent: args[0], Amount: args[1]}))
	})
}

func (a *app) agentOrder(order, brief string) *cobra.Command {
	return a.running(order+" AGENT", brief, "", 1, func(ctx context.Context, c *operator.Client, args []string) error {
		return a.printAgent(c.OrderAgent(ctx, operator.AgentOrder{Agent: args[0], Order: order}))
	})
}

func (a *app) agentApprove() *cobra.Command {
	refuse := false
	cmd := a.running("approve AGENT NUMBER", "Let an action that waits happen; --refuse forbids it, or vetoes a change",
		`Let an action that waits happen. --refuse forbids it, or vetoes a change of charter, owner or a withdrawal. "ayni agent show" lists what waits.`, 2,
		func(ctx context.Context, c *operator.Client, args []string) error {
			n, err := strconv.ParseUint(args[1], 10, 64)
			if err != nil {
				return usage(fmt.Errorf("%s: want the number of what waits", args[1]))
			}
			return a.printAgent(c.DecideAgent(ctx, operator.AgentDecision{Agent: args[0], Number: n, Approve: !refuse}))
		})
	cmd.Flags().BoolVar(&refuse, "refuse", false, "forbid it")
	return cmd
}

func (a *app) agentHost() *cobra.Command {
	var req operator.AgentHosting
	cmd := a.running("host", "Have this machine run agents, now and after later starts",
		`Have this machine run agents, for a price a wake-up. It takes wake-ups that the ledger draws it for, thinks with the network's models, and can spend
nothing but what a charter allows. Who may host an agent may read what it is told and remembers.`, 0,
		func(ctx context.Context, c *operator.Client, _ []string) error {
			got, err := c.HostAgents(ctx, req)
			if err != nil {
				return err
			}
			return a.print(got, table{rows: [][]string{{"price of a wake-up", got.Price}}})
		})
	cmd.Flags().StringVar(&req.Price, "price", "", "credits a wake-up (default 0.001)")
	return cmd
}

// printAgent prints an agent, or the error that came in its place.
func (a *app) printAgent(g operator.Agent, err error) error {
	if err != nil {
		return advise(err)
	}
	t := table{rows: [][]string{
		{"agent", g.Label},
		{"id", g.ID},
		{"state", agentState(g)},
		{"treasury", g.Treasury},
		{"balance", g.Balance},
		{"held", g.Held},
		{"wake-ups", fmt.Sprintf("%d over, %d wait, %d missed, %d leases lapsed", g.Wakes, g.Queued, g.Missed, g.Lapsed)},
	}}
	if g.WorkingOn > 0 {
		t.rows = append(t.rows, []string{"at work", fmt.Sprintf("wake-up %d, %s", g.WorkingOn, cmp.Or(g.Working, "no host drawn yet"))})
	}
	if c := g.Charter; c != nil {
		t.rows = append(t.rows, []string{"may", cmp.Or(strings.Join(c.Actions, ", "), "nothing with money")},
			[]string{"pays", cmp.Or(strings.Join(c.Payees, ", "), "anyone")}, []string{"approval above", c.Approval}, []string{"timelock", c.Timelock})
	}
	for _, c := range g.Caps {
		text := c.Limit
		if c.Used != "" {
			text = c.Used + " of " + c.Limit
		}
		t.rows = append(t.rows, []string{strings.ReplaceAll(c.Name, "_", " "), text})
	}
	for _, w := range g.Waiting {
		what := "done"
		if w.Approval {
			what = "lapses"
		}
		t.rows = append(t.rows, []string{"waits " + strconv.FormatUint(w.Number, 10), fmt.Sprintf("%s %s to %s, %s %s", w.What, w.Amount, w.Payee, what, w.Due.Format(time.DateTime))})
	}
	for _, c := range g.Changes {
		t.rows = append(t.rows, []string{"change " + strconv.FormatUint(c.Number, 10), strings.TrimSpace(c.What+" "+c.Amount) + ", in effect " + c.Due.Format(time.DateTime)})
	}
	return a.print(g, t)
}

func agentState(g operator.Agent) string {
	if g.Sleep != "" && g.State == "running" {
		return "asleep: " + g.Sleep
	}
	return g.State
}
