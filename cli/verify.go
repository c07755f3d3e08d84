package cli

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/chain"
	"ayni.example/cli/machine"
	"ayni.example/client/proof"
	"ayni.example/internal/home"
	"ayni.example/receipt"
	"ayni.example/web/operator"
	"ayni.example/zk/answer"
)

const verifyHelp = `Check a receipt, a proof or a proved answer, offline: it needs no network, no running process and no home.

FILE is what "ayni receipts show ID --proofs" prints, or GET /receipts/ID?proofs=1, or a
proof from "ayni proof", or a proved answer from "ayni prove" ("-" reads standard input). With --request and
--answer the bytes that you sent and got are compared too. The proofs from the ledger are followed from what you trust: the
genesis of the network (--genesis FILE, or --home DIR of any machine in it) or a block that you know (--checkpoint HEIGHT:HASH).

Verdicts: signed (the provider's key over these bytes), registered (that key, model and price on the ledger), settled (in a
claim on the ledger). Of a proved answer: proved (a model with these weights, which the verdict names, gives this output), model (it is
the one that --model names), bound (to this ledger, account, context and nonce). What was not checked is listed. Exit status 0: nothing
speaks against it; 1: refused, with one reason of: malformed, signature, request, answer, salt, chain, amount, network, untrusted, proof,
provider, model, binding.`

// fileMax bounds what a command reads of a file.
const fileMax = 64 << 20

func (a *app) verify() *cobra.Command {
	var request, reply, genesis, checkpoint, model string
	var bits int
	cmd := &cobra.Command{
		Use: "verify FILE", Short: "Check a receipt, a proof or a proved answer, offline", Long: verifyHelp, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			raw, err := a.readFile(args[0])
			if err != nil {
				return err
			}
			if bits < 0 {
				return usage(fmt.Errorf("--bits %d: a soundness is positive", bits))
			}
			if answer.Is(raw) {
				return a.pronounce(machine.JudgeAnswer(raw, model, bits))
			}
			if model != "" || bits != 0 {
				return usage(fmt.Errorf("%s is no proved answer: --model and --bits are for those", args[0]))
			}
			var held receipt.Held
			if held.Request, err = a.readHeld(request); err != nil {
				return err
			}
			if held.Answer, err = a.readHeld(reply); err != nil {
				return err
			}
			trust, err := a.trust(genesis, checkpoint)
			if err != nil {
				return err
			}
			return a.pronounce(machine.Judge(raw, held, trust))
		},
	}
	cmd.Flags().StringVar(&request, "request", "", "file with the request's body, byte for byte")
	cmd.Flags().StringVar(&reply, "answer", "", "file with the response's body, or the answer's text, byte for byte")
	cmd.Flags().StringVar(&genesis, "genesis", "", "genesis file of the network")
	cmd.Flags().StringVar(&checkpoint, "checkpoint", "", "block that you trust, HEIGHT:HASH")
	cmd.Flags().StringVar(&model, "model", "", "of a proved answer: the id of the model that you mean")
	cmd.Flags().IntVar(&bits, "bits", 0, "of a proved answer: the soundness that you demand (default 96)")
	cmd.MarkFlagsMutuallyExclusive("genesis", "checkpoint")
	return cmd
}

// pronounce prints a verdict; a refusal ends with an error.
func (a *app) pronounce(v operator.Verdict) error {
	t := table{}
	for _, f := range v.Verdicts {
		t.rows = append(t.rows, []string{f.Name, f.Detail})
	}
	for _, text := range v.NotChecked {
		t.rows = append(t.rows, []string{"not checked", text})
	}
	if err := a.print(v, t); err != nil {
		return err
	}
	if !v.OK {
		return errors.New("refused: " + v.Refused)
	}
	return nil
}

func (a *app) readHeld(name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	held, err := a.readFile(name)
	if held == nil && err == nil {
		held = []byte{}
	}
	return held, err
}

// readFile reads a file that somebody named, or standard input for "-".
func (a *app) readFile(name string) ([]byte, error) {
	if name != "-" {
		return home.ReadFile(name, fileMax)
	}
	text, err := io.ReadAll(io.LimitReader(a.stdin, fileMax+1))
	if err == nil && len(text) > fileMax {
		err = fmt.Errorf("standard input has more than %d bytes", fileMax)
	}
	return text, err
}

// trust is what proofs are followed from: the flags, else the genesis of the home if there is one, else nothing.
func (a *app) trust(genesis, checkpoint string) (*proof.Trust, error) {
	if checkpoint != "" {
		height, hash, found := strings.Cut(checkpoint, ":")
		h, err := strconv.ParseInt(height, 10, 64)
		raw, hexErr := hex.DecodeString(hash)
		if !found || err != nil || hexErr != nil || h < 1 {
			return nil, usage(fmt.Errorf("checkpoint %q: want HEIGHT:HASH", checkpoint))
		}
		return &proof.Trust{Checkpoint: &proof.Checkpoint{Height: h, Hash: raw}}, nil
	}
	if genesis == "" {
		h, err := a.open()
		if err != nil || !h.Exists() {
			return nil, nil //nolint:nilerr // without a home there is nothing to trust, and the verdict says so
		}
		genesis = h.Genesis()
	}
	text, err := a.readFile(genesis)
	if err != nil {
		return nil, err
	}
	doc, err := chain.DecodeGenesis(text)
	if err != nil {
		return nil, hint(fmt.Errorf("genesis %s: %w", genesis, err), "take it from HOME/ledger/config/genesis.json of a machine that you trust")
	}
	return &proof.Trust{Genesis: doc}, nil
}
