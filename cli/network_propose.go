package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/council"
	"ayni.example/internal/home"
)

func (a *app) networkPropose() *cobra.Command {
	cmd := &cobra.Command{
		Use: "propose", Short: "Ask the council for a change",
		Long: `Ask the council for a change, with this machine's seat, which agrees with it at once. More than two thirds of the power of the
active seats must agree before the proposal lapses.`,
	}
	cmd.AddCommand(
		a.proposeAdmit(), a.proposeRemove(), a.proposePower(), a.proposeReinstate(), a.proposeIssuer(), a.proposeQuota(), a.proposeUpgrade(), a.proposeParams(),
	)
	for _, sub := range cmd.Commands() {
		sub.Flags().String("summary", "", "what the proposal is about, for the other seats (default: what it does)")
	}
	return cmd
}

// summary is what the flag says, or the words given.
func summary(cmd *cobra.Command, format string, args ...any) string {
	if given, err := cmd.Flags().GetString("summary"); err == nil && given != "" {
		return given
	}
	return fmt.Sprintf(format, args...)
}

func (a *app) proposeAdmit() *cobra.Command {
	var power int64
	cmd := &cobra.Command{
		Use: "admit FILE", Short: "Give a seat to the organisation that made a request", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := readRequest(args[0])
			if err != nil {
				return err
			}
			if err := a.ours(cmd.Context(), r); err != nil {
				return err
			}
			return a.propose(cmd.Context(), summary(cmd, "admit %s with power %d", r.Name, power), council.Admit(r, power))
		},
	}
	cmd.Flags().Int64Var(&power, "power", founderPower, "votes of the seat in consensus and council")
	return cmd
}

func (a *app) proposeRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove OPERATOR", Short: "Take a seat away", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.propose(cmd.Context(), summary(cmd, "remove the seat of %s", args[0]), council.Remove(args[0]))
		},
	}
}

func (a *app) proposePower() *cobra.Command {
	return &cobra.Command{
		Use: "power OPERATOR POWER", Short: "Change the power of a seat", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			power, err := strconv.ParseInt(args[1], 10, 64)
			if err != nil || power < 1 {
				return usage(fmt.Errorf("power %q: want a whole number from 1 on", args[1]))
			}
			return a.propose(cmd.Context(), summary(cmd, "power %d for the seat of %s", power, args[0]), council.SetPower(args[0], power))
		},
	}
}

func (a *app) proposeReinstate() *cobra.Command {
	return &cobra.Command{
		Use: "reinstate FILE", Short: "Bring a seat whose key signed twice back, with the key of a new request", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := readRequest(args[0])
			if err != nil {
				return err
			}
			if err := a.ours(cmd.Context(), r); err != nil {
				return err
			}
			return a.propose(cmd.Context(), summary(cmd, "reinstate %s with a new key", r.Name), council.Reinstate(r))
		},
	}
}

func (a *app) proposeIssuer() *cobra.Command {
	var quota string
	var period time.Duration
	cmd := &cobra.Command{
		Use: "issuer ADDRESS", Short: "Let an account issue credits, up to a quota; a quota of 0 ends it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			amount, err := home.Credits(quota)
			if err != nil {
				return usage(err)
			}
			if period < time.Second || period > 366*24*time.Hour {
				return usage(fmt.Errorf("period %s: want 1s to a year", period))
			}
			return a.propose(cmd.Context(), summary(cmd, "%s may issue %s credits every %s", args[0], quota, period), council.SetIssuer(args[0], amount, period))
		},
	}
	cmd.Flags().StringVar(&quota, "quota", founderQuota, "credits that may be issued in each period")
	cmd.Flags().DurationVar(&period, "period", issuerPeriod, "length of a period")
	return cmd
}

func (a *app) proposeQuota() *cobra.Command {
	var gas int64
	cmd := &cobra.Command{
		Use: "quota ADDRESS", Short: "Let an account send transactions without a fee, up to so much gas in each period; 0 ends it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if gas < 0 || !cmd.Flags().Changed("gas") {
				return usage(errors.New("--gas is needed, 0 or more"))
			}
			return a.propose(cmd.Context(), summary(cmd, "%d gas without a fee for %s", gas, args[0]), council.SetQuota(args[0], gas))
		},
	}
	cmd.Flags().Int64Var(&gas, "gas", 0, "gas in each period")
	return cmd
}

func (a *app) proposeUpgrade() *cobra.Command {
	var height int64
	cmd := &cobra.Command{
		Use: "upgrade RELEASE", Short: "Change the ledger to a release at a height", Args: cobra.ExactArgs(1),
		Long: `Change the ledger to a release at a height. Every machine must run a program that knows the release by then; one that does not stops
at the height with nothing lost, and goes on with the newer program. ` + "`ayni version`" + ` prints the newest release of a program.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			release, err := strconv.Atoi(args[0])
			if err != nil || release < 1 || height < 1 {
				return usage(errors.New("want the number of a release, and --height"))
			}
			return a.propose(cmd.Context(), summary(cmd, "release %d at height %d", release, height), council.Upgrade(release, height))
		},
	}
	cmd.Flags().Int64Var(&height, "height", 0, "height of the first block by the new rules")
	return cmd
}

// proposalMax bounds a file of messages.
const proposalMax = 256 << 10

func (a *app) proposeParams() *cobra.Command {
	return &cobra.Command{
		Use: "params FILE", Short: "Propose the messages of a JSON file: parameters, or anything else of the council", Args: cobra.ExactArgs(1),
		Long: `Propose the messages of a JSON file, one object or a list of them. "@type" names the message and the council's account, which
` + "`ayni network show`" + ` prints, is its authority:

  {"@type": "/ayni.council.v1.MsgUpdateParams", "authority": "ayni1...", "params": {...}}`,
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := home.ReadFile(args[0], fileMax)
			if err != nil {
				return err
			}
			if len(text) > proposalMax {
				return usage(fmt.Errorf("%s has %d bytes, at most %d", args[0], len(text), proposalMax))
			}
			var list []json.RawMessage
			if text = bytes.TrimSpace(text); len(text) > 0 && text[0] == '{' {
				list = []json.RawMessage{text}
			} else if err := json.Unmarshal(text, &list); err != nil {
				return hint(fmt.Errorf("%s: %w", args[0], err), "want one object, or a list of them")
			}
			messages := make([]any, 0, len(list))
			for _, raw := range list {
				messages = append(messages, raw)
			}
			return a.propose(cmd.Context(), summary(cmd, "messages of %s", args[0]), messages...)
		},
	}
}
