package cli

import (
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"ayni.example/internal/home"
	"ayni.example/web/operator"
	"ayni.example/zk/answer"
	"ayni.example/zk/bundle"
)

func (a *app) zkmlAdd() *cobra.Command {
	return &cobra.Command{
		Use: "add FILE", Short: "Have this machine answer with a model at /v1/predictions, each answer with its proof", Args: cobra.ExactArgs(1),
		Long: `Copy a model file into HOME/provable, where the running process finds it at once: it answers requests at /v1/predictions for it, each
with a proof. Others pay for that where the model is offered (ayni offer). Remove the file to end it.`,
		RunE: func(_ *cobra.Command, args []string) error {
			b, err := bundle.Load(args[0])
			if err != nil {
				return err
			}
			file, err := a.add(b)
			if err != nil {
				return err
			}
			return a.print(map[string]string{"model": bundleID(b), "name": b.Name, "file": file}, table{rows: [][]string{
				{"model", bundleID(b)}, {"name", b.Name}, {"file", file},
			}})
		},
	}
}

// add puts a model where this home's process serves it from.
func (a *app) add(b *bundle.Bundle) (string, error) {
	h, err := a.open()
	if err != nil {
		return "", err
	}
	raw, err := b.Encode()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(h.Provable(), 0o700); err != nil {
		return "", err
	}
	file := filepath.Join(h.Provable(), bundleID(b)[:16]+bundleSuffix)
	return file, home.WriteFile(file, raw)
}

func (a *app) zkmlRegister() *cobra.Command {
	var req operator.RegisterModelRequest
	cmd := &cobra.Command{
		Use: "register FILE", Short: "Enter a model on the ledger, so that it can verify the model's answers", Args: cobra.ExactArgs(1),
		Long: `Enter a model on the ledger: its circuit, the commitment to its weights and the parameters of its proofs. The weights stay in the
file. The price is what you ask of those who want a proof from you; the ledger charges for verifying, whoever submits. This machine answers
with the model from now on, as after "ayni zkml add".`,
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := bundle.Load(args[0])
			if err != nil {
				return err
			}
			remote, err := a.remote()
			if err != nil {
				return err
			}
			if req.Name == "" {
				req.Name = b.Name
			}
			req.Circuit, req.Root, req.Parameters = b.Circuit.Encode(), b.Root[:], b.Parameters.Encode()
			if raw, err := b.Encode(); err == nil {
				a.tracedProof(cmd.Context(), b, raw, proofSource{}) // its registration goes along
			}
			m, err := remote.RegisterModel(cmd.Context(), req)
			if err != nil {
				return advise(err)
			}
			if _, err := a.add(b); err != nil {
				return err
			}
			return a.print(m, table{rows: registered(m)})
		},
	}
	cmd.Flags().StringVar(&req.Price, "price", "0", "credits that you ask for a proof")
	cmd.Flags().StringVar(&req.Name, "name", "", "name on the ledger (default: the file's)")
	cmd.Flags().StringVar(&req.Terms, "terms", "", "SHA-256 of the licence, in hex")
	return cmd
}

func (a *app) zkmlSubmit() *cobra.Command {
	return &cobra.Command{
		Use: "submit PROOF", Short: "Have the ledger verify a proof that was made for it", Args: cobra.ExactArgs(1),
		Long: `Have the ledger verify a proof, made with "ayni prove FILE --input ROW --ledger --context TEXT", and keep its output: other
modules of the ledger, such as payouts, act on verified values and on nothing else. This machine's account pays the gas.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			raw, err := a.readFile(args[0])
			if err != nil {
				return err
			}
			if _, err := answer.Decode(raw); err != nil {
				return hint(err, "make one with `ayni prove FILE --input ROW --ledger`")
			}
			remote, err := a.remote()
			if err != nil {
				return err
			}
			done, err := remote.SubmitProof(cmd.Context(), operator.SubmitProofRequest{File: raw})
			if err != nil {
				return advise(err)
			}
			return a.print(done, table{rows: [][]string{
				{"verified", "at height " + strconv.FormatInt(done.Height, 10)},
				{"model", done.Model},
				{"output", integers(done.Output)},
				{"gas", strconv.FormatInt(done.Gas, 10)},
				{"transaction", done.Hash},
			}})
		},
	}
}
