package cli

import (
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/internal/home"
	"ayni.example/zk/bundle"
	"ayni.example/zk/prover"
	"ayni.example/zk/quant"
	"ayni.example/zk/soundness"
)

// bundleSuffix ends the name of a model file.
const bundleSuffix = ".ayni-model"

const compileHelp = `Make a model file of a float model: its weights become int8 by what the calibration rows show of the ranges, the proofs'
parameters are searched for, and the weights are committed to. The accuracy beside the float model is measured on held-out rows and kept
in the file: on those of --held-out, with what is right for them in --targets if you have it; else on every fifth row of the calibration, which
calibration then does not see.

Rows are a .csv, a .json list of lists, or an ONNX tensor (.pb) whose first dimension counts them.

The weights are hidden in the first proof; each further one lets a little more be computed of them, as "ayni zkml describe" tells.
--public does not hide them, for models that are public anyway: proofs are shorter.

--bits 128 is for a false proof that must not be had for 2^96 hashes either: whoever proves then works for seconds, on all processors, and
proofs are half as long again. Verifying takes as long as before.`

func (a *app) zkmlCompile() *cobra.Command {
	var out, calibration, heldout, targets string
	var public bool
	s := bundle.Source{Random: rand.Reader}
	cmd := &cobra.Command{
		Use: "compile MODEL.onnx --calibration ROWS", Short: "Make a model file of an ONNX model", Long: compileHelp, Args: cobra.ExactArgs(1),
		Example: "  ayni zkml compile forest.onnx --calibration rows.csv --held-out test.csv --targets test-prices.csv -o forest.ayni-model",
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if s.ONNX, err = home.ReadFile(args[0], fileMax); err != nil {
				return err
			}
			if s.Calibration, err = a.rows(calibration); err != nil {
				return err
			}
			if heldout == "" && targets != "" {
				return usage(errors.New("--targets goes with --held-out"))
			}
			if heldout != "" {
				if s.HeldOut, s.Targets, err = a.measured(heldout, targets); err != nil {
					return err
				}
			}
			base, err := modelName(args[0])
			if err != nil {
				return err
			}
			if s.Name == "" {
				s.Name = base
			}
			if out == "" {
				out = base + bundleSuffix
			}
			s.Hide = !public
			if s.Goal.Bits > soundness.Default && !cmd.Flags().Changed("max-bytes") {
				s.Goal.MaxBytes = prover.DeepBytes
			}
			b, err := bundle.Compile(s)
			if errors.Is(err, bundle.ErrFewRows) {
				return hint(err, "give more rows to --calibration, five at least, or others to --held-out")
			}
			if err != nil {
				return err
			}
			raw, err := b.Encode()
			if err != nil {
				return err
			}
			if err := home.WriteFile(out, raw); err != nil {
				return err
			}
			asset := a.tracedProof(cmd.Context(), b, raw, proofSource{args[0], s.ONNX, out})
			return a.printCompiled(b, out, len(raw), asset)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "output", "o", "", "model file to write (default NAME"+bundleSuffix+" here)")
	f.StringVar(&calibration, "calibration", "", "rows as the model will see them")
	f.StringVar(&heldout, "held-out", "", "rows to measure the accuracy on (default: every fifth of the calibration)")
	f.StringVar(&targets, "targets", "", "what is right for the held-out rows: a class or a value each")
	f.StringVar(&s.Name, "name", "", "name of the model (default: the file's, or its folder's for a model.onnx)")
	f.IntVar(&s.Instances, "instances", 1, "rows that one proof of a forest covers")
	f.BoolVar(&public, "public", false, "do not hide the weights")
	f.IntVar(&s.Goal.Bits, "bits", 0, "soundness (default 96, at most 128)")
	f.Uint32Var(&s.Goal.Grinding, "grinding", 8, "bits of the soundness that are work of the prover, at most 12; beyond 96 bits of soundness the search chooses")
	f.Uint64Var(&s.Goal.MaxBytes, "max-bytes", prover.UsualBytes,
		"bytes that an opening may have: about the fastest prover within that, and shorter where it hardly takes longer; 0: the shortest proofs (default beyond 96 bits: "+
			strconv.Itoa(prover.DeepBytes)+")")
	_ = cmd.MarkFlagRequired("calibration") // the flag exists
	return cmd
}

// modelName is a name by the file's, or by its folder's where the file is called model, as exporters do.
func modelName(file string) (string, error) {
	base := strings.TrimSuffix(filepath.Base(file), ".onnx")
	if base != "model" {
		return base, nil
	}
	whole, err := filepath.Abs(file)
	if folder := filepath.Base(filepath.Dir(whole)); folder != string(filepath.Separator) {
		base = folder
	}
	return base, err
}

// measured reads held-out rows and what is right for each, where that is known.
func (a *app) measured(heldout, targets string) (rows [][]float64, right []float64, err error) {
	if rows, err = a.rows(heldout); err != nil {
		return nil, nil, err
	}
	if targets == "" {
		return rows, nil, nil
	}
	list, err := a.rows(targets)
	if err != nil {
		return nil, nil, err
	}
	for i, r := range list {
		if len(r) != 1 {
			return nil, nil, hint(fmt.Errorf("targets %s: row %d has %d numbers", targets, i+1, len(r)), "each row has one: a class or a value")
		}
		right = append(right, r[0])
	}
	return rows, right, nil
}

// compiled is what --json prints.
type compiled struct {
	File     string           `json:"file"`
	Bytes    int              `json:"bytes"`
	Model    string           `json:"model"`
	Name     string           `json:"name"`
	Hides    bool             `json:"hides"`
	Accuracy []quant.Accuracy `json:"accuracy"`
	Notes    []string         `json:"notes"`
	Asset    string           `json:"asset,omitempty"` // id of its lineage
}

func (a *app) printCompiled(b *bundle.Bundle, file string, bytes int, asset string) error {
	t := table{rows: [][]string{{"file", file + ", " + size(int64(bytes))}, {"name", b.Name}, {"model", bundleID(b)}}}
	t.rows = append(t.rows, accuracyRows(b.Accuracy)...)
	for _, n := range b.Notes {
		t.rows = append(t.rows, []string{"note", n})
	}
	return a.print(compiled{
		File: file, Bytes: bytes, Model: bundleID(b), Name: b.Name, Hides: b.Hides(), Accuracy: b.Accuracy, Notes: b.Notes, Asset: asset,
	}, t)
}
