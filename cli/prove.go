package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/internal/clock"
	"ayni.example/x/zkml"
	"ayni.example/zk/answer"
	"ayni.example/zk/bundle"
)

const proveHelp = `Run a model on a row and prove the answer: anyone can check the proof with "ayni verify PROOF --model ID", offline, without the
weights. Input and output are in the proof; the weights are not.

A proof says nothing of who asked and when, unless it is bound to it: --bind takes any bytes that the receiver chose, such as a random
number; --ledger binds it to this machine's ledger, account and next nonce, for "ayni zkml submit PROOF".`

// proveFlags are what a proof is made of.
type proveFlags struct {
	input, out, bind, context string
	row                       int
	ledger                    bool
}

func (a *app) prove() *cobra.Command {
	var f proveFlags
	cmd := &cobra.Command{
		Use: "prove FILE --input ROW", Short: "Prove a model's answer", Long: proveHelp, Args: cobra.ExactArgs(1),
		Example: "  ayni prove forest.ayni-model --input 0.7,2,5,4,61.8,57,5.7,5.72,3.53\n  ayni prove forest.ayni-model --input rows.csv --row 12 --ledger --context item-12 -o item-12.proof",
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := bundle.Load(args[0])
			if err != nil {
				return err
			}
			row, err := a.input(f.input, f.row, inputLength(b))
			if err != nil {
				return err
			}
			made, err := a.makeAnswer(cmd.Context(), b, row, f)
			if err != nil {
				return err
			}
			if f.out == "" {
				f.out = strings.TrimSuffix(filepath.Base(args[0]), bundleSuffix) + ".proof"
			}
			raw := made.answer.Encode()
			if err := os.WriteFile(f.out, raw, 0o644); err != nil { //nolint:gosec // proofs are for others to read
				return err
			}
			made.File, made.Bytes = f.out, len(raw)
			return a.print(made, table{rows: made.rows()})
		},
	}
	cmd.Flags().StringVar(&f.input, "input", "", "numbers with commas, or a file of rows (.csv, .json, .pb)")
	cmd.Flags().IntVar(&f.row, "row", 1, "which row of the file; of a model that takes several, the first")
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "proof file to write (default NAME.proof here)")
	cmd.Flags().StringVar(&f.bind, "bind", "", "bytes in hex that the proof is bound to")
	cmd.Flags().BoolVar(&f.ledger, "ledger", false, "bind it to this machine's ledger and account")
	cmd.Flags().StringVar(&f.context, "context", "", "with --ledger: what the answer is about")
	_ = cmd.MarkFlagRequired("input") // the flag exists
	cmd.MarkFlagsMutuallyExclusive("bind", "ledger")
	return cmd
}

// inputLength is how many numbers a model takes.
func inputLength(b *bundle.Bundle) int {
	n := 1
	for _, axis := range b.Circuit.Tensors[b.Circuit.Inputs()[0]].Axes {
		n *= axis
	}
	return n
}

// input is the numbers of a word, or of a file's row, counted from 1; where the model takes several rows at a time, of those that follow it too.
func (a *app) input(word string, at, length int) ([]float64, error) {
	if rows, err := parseCSV([]byte(word)); err == nil && len(rows) == 1 {
		return rows[0], nil
	}
	rows, err := a.rows(word)
	if err != nil {
		return nil, err
	}
	if at < 1 || at > len(rows) {
		return nil, usage(fmt.Errorf("row %d of %s: it has %d", at, word, len(rows)))
	}
	row := rows[at-1]
	if n := length / len(row); n > 1 && n*len(row) == length && at-1+n <= len(rows) {
		return slices.Concat(rows[at-1 : at-1+n]...), nil
	}
	return row, nil
}

// proven is what --json prints of a proof.
type proven struct {
	File    string        `json:"file"`
	Bytes   int           `json:"bytes"`
	Model   string        `json:"model"`
	Output  []int32       `json:"output"`
	Reals   []float64     `json:"reals"`   // what the output stands for, by the model file
	Clamped int           `json:"clamped"` // numbers of the input outside of what calibration saw
	Commit  time.Duration `json:"commit"`  // nanoseconds to commit to the weights, once for any number of proofs
	Prove   time.Duration `json:"prove"`   // nanoseconds of the proof

	answer *answer.Answer
}

func (p *proven) rows() [][]string {
	reals := make([]string, 0, len(p.Reals))
	for _, r := range p.Reals {
		reals = append(reals, strconv.FormatFloat(r, 'g', 6, 64))
	}
	rows := [][]string{
		{"answer", strings.Join(reals, " ")},
		{"output", integers(p.Output)},
		{"model", p.Model},
		{"proof", fmt.Sprintf("%s, %s", p.File, size(int64(p.Bytes)))},
		{"time", fmt.Sprintf("%s to commit to the weights, %s to prove", p.Commit.Round(100*time.Microsecond), p.Prove.Round(100*time.Microsecond))},
	}
	if p.Clamped > 0 {
		rows = append(rows, []string{"note", fmt.Sprintf("%d numbers of the input lie outside of what calibration saw, and were brought to its edge", p.Clamped)})
	}
	return rows
}

func (a *app) makeAnswer(ctx context.Context, b *bundle.Bundle, row []float64, f proveFlags) (*proven, error) {
	if n := inputLength(b); len(row) != n {
		return nil, hint(fmt.Errorf("the input has %d numbers, the model takes %d", len(row), n), "`ayni zkml describe FILE` tells the model's input")
	}
	encoded, clamped, err := b.Input.Encode(row)
	if err != nil {
		return nil, err
	}
	out := &answer.Answer{Circuit: b.Circuit, Root: b.Root, Parameters: b.Parameters, Input: [][]int32{encoded}}
	if err := a.bind(ctx, out, bundleID(b), f); err != nil {
		return nil, err
	}
	began := clock.System()
	m, err := b.Prover(rand.Reader)
	if err != nil {
		return nil, err
	}
	committed := clock.System()
	if out.Proof, out.Output, err = m.Prove(out.Binding, out.Input); err != nil {
		return nil, err
	}
	return &proven{
		Model: bundleID(b), Output: answer.Flat(out.Output), Reals: b.Output.Decode(out.Output), Clamped: clamped,
		Commit: committed.Sub(began), Prove: clock.System().Sub(committed), answer: out,
	}, nil
}

// bind sets what the proof is bound to.
func (a *app) bind(ctx context.Context, out *answer.Answer, model string, f proveFlags) (err error) {
	if f.context != "" && !f.ledger {
		return usage(errors.New("--context goes with --ledger"))
	}
	if len(f.context) > zkml.ContextMax {
		return usage(fmt.Errorf("context of %d bytes is more than %d", len(f.context), zkml.ContextMax))
	}
	if !f.ledger {
		if out.Binding, err = hex.DecodeString(f.bind); err != nil || len(out.Binding) > answer.MaxBinding {
			return usage(fmt.Errorf("--bind takes at most %d bytes in hex", answer.MaxBinding))
		}
		return nil
	}
	remote, err := a.remote()
	if err != nil {
		return err
	}
	use, err := remote.ProofUse(ctx, model)
	if err != nil {
		return advise(err)
	}
	id, err := hex.DecodeString(model)
	if err != nil {
		return err
	}
	out.Use = answer.Use{Chain: use.ChainID, Submitter: use.Account, Context: []byte(f.context), Nonce: use.Nonce}
	bound := zkml.Binding(out.Use.Chain, id, out.Use.Submitter, out.Use.Context, out.Use.Nonce)
	out.Binding = bound[:]
	return nil
}
