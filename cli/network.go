package cli

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"ayni.example/cli/machine"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
)

const networkHelp = `Found a network together with other organisations, or look after one that runs.

Founding needs no server that all trust; files go by any means. One of the founders begins:

  ayni network init --name "Uni A" --address a.example.org:26656     prints the chain id: tell it to the others
  ayni network request --network CHAINID --name "Uni B" --address b.example.org:26656 -o b.json      each of the others
  ayni network add-validator b.json                                  the first, for each file that came
  ayni network genesis -o genesis.json                               the first; prints the digest: read it to the others over the telephone
  ayni network start genesis.json --digest DIGEST                    everybody

Blocks come as soon as more than two thirds of the power are there. Later starts need only: ayni up (or ayni node).`

func (a *app) network() *cobra.Command {
	cmd := &cobra.Command{Use: "network", Short: "A network of several organisations: founding, council, keys", Long: networkHelp}
	cmd.AddCommand(
		a.networkInit(), a.networkRequest(), a.networkAdd(), a.networkGenesis(), a.networkStart(),
		a.networkShow(), a.networkCheck(), a.networkSeats(), a.networkProposals(), a.networkPropose(), a.networkVote(), a.networkRotate(),
		a.networkReturn(), a.networkIssue(), a.networkQuota(), a.networkResume(),
	)
	return cmd
}

func (a *app) networkShow() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Print the network, its validators and the peers of this machine", Args: cobra.NoArgs,
		Long: `Print the network, its validators and the peers of this machine. Height and hash of a machine that you trust are what
another needs for: ayni network start --state-sync --trust-height HEIGHT --trust-hash HASH`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			n, err := remote.Network(cmd.Context())
			if err != nil {
				return advise(err)
			}
			return a.print(n, table{rows: networkRows(n)})
		},
	}
}

func networkRows(n operator.Network) [][]string {
	rows := make([][]string, 0, 9+len(n.Validators)+len(n.Peers))
	rows = append(rows, [][]string{
		{"chain id", n.ChainID},
		{"genesis digest", n.Digest},
		{"height", strconv.FormatInt(n.Height, 10)},
		{"hash", n.Hash},
		{"node", n.Node},
		{"council", n.Council},
		{"operator", n.Operator},
		{"consensus key", n.Key},
		{"signing", n.Signing},
	}...)
	for _, v := range n.Validators {
		rows = append(rows, []string{"validator", fmt.Sprintf("%s power %d", v.Key, v.Power)})
	}
	for _, p := range n.Peers {
		rows = append(rows, []string{"peer", p.ID + "@" + p.Address})
	}
	return rows
}

func (a *app) networkCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check", Short: "Check that the ledger's state agrees with itself", Args: cobra.NoArgs,
		Long: `Check that the latest state of this home's ledger agrees with itself: money, deposits, deadlines, seats. It prints height and
hash of the state, which are equal on all machines of a network. It works while the machine runs, and on a stopped home.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := a.check(cmd)
			if err != nil {
				return err
			}
			state := "ok"
			if !found.OK {
				state = found.Problem
			}
			err = a.print(found, table{rows: [][]string{
				{"chain id", found.ChainID}, {"height", strconv.FormatInt(found.Height, 10)}, {"app hash", found.AppHash}, {"state", state},
			}})
			if err == nil && !found.OK {
				err = hint(errors.New("the ledger's state contradicts itself"), "keep a copy of the home and report it; compare with `ayni network check` on other machines")
			}
			return err
		},
	}
}

// check asks the running process, or opens the ledger of a stopped home.
func (a *app) check(cmd *cobra.Command) (operator.Check, error) {
	h, err := a.open()
	if err != nil {
		return operator.Check{}, err
	}
	if !h.Exists() {
		return operator.Check{}, hint(home.ErrAbsent, "name another home with --home")
	}
	err = h.Lock()
	if errors.Is(err, home.ErrLocked) {
		remote, err := a.remote()
		if err != nil {
			return operator.Check{}, err
		}
		found, err := remote.Check(cmd.Context())
		return found, advise(err)
	}
	if err != nil {
		return operator.Check{}, err
	}
	found, err := machine.CheckStopped(h)
	return found, errors.Join(err, h.Unlock())
}
