package cli

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/x/zkml"
	"ayni.example/zk/bundle"
	"ayni.example/zk/circuit"
	"ayni.example/zk/commit"
	"ayni.example/zk/quant"
	"ayni.example/zk/soundness"
	"ayni.example/zk/verifier"
)

// described is what --json prints of a model.
type described struct {
	Model      string            `json:"model"`
	Name       string            `json:"name"`
	Circuit    string            `json:"circuit"` // SHA-256
	Root       string            `json:"root"`
	Parameters commit.Parameters `json:"parameters"`
	Shape      shape             `json:"shape"`
	Bits       int               `json:"bits"` // of soundness
	Work       uint64            `json:"work"` // hashes of the prover for them
	Soundness  []string          `json:"soundness"`
	Cost       commit.Work       `json:"cost"` // of verifying, at most
	Leakage    leakage           `json:"leakage"`
	Price      string            `json:"price,omitempty"`
	Input      *quant.Encoding   `json:"input,omitempty"`
	Output     *quant.Decoding   `json:"output,omitempty"`
	Accuracy   []quant.Accuracy  `json:"accuracy,omitempty"`
	Notes      []string          `json:"notes,omitempty"`

	table soundness.Table
}

// shape is what a circuit consists of.
type shape struct {
	Operations map[string]int `json:"operations"`
	Weights    int            `json:"weights"`
	Witness    int            `json:"witness"`
	Inputs     []int          `json:"inputs"` // numbers of each
	Outputs    []int          `json:"outputs"`
	Shift      uint8          `json:"shift"`
	TableBits  []uint8        `json:"table_bits"`
}

// leakage is what proofs tell of the weights.
type leakage struct {
	Hidden  bool   `json:"hidden"`  // in the first proof
	Sums    int    `json:"sums"`    // linear combinations of weights that each proof states
	Columns uint32 `json:"columns"` // of the weights' code words that each proof opens
	Proofs  uint32 `json:"proofs"`  // after which the columns may determine all weights
}

func (a *app) zkmlDescribe() *cobra.Command {
	return &cobra.Command{
		Use: "describe FILE|ID", Short: "Print what a model is, how sound its proofs are, and what they reveal of the weights", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := a.described(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.print(d, table{rows: d.rows()})
		},
	}
}

func (a *app) zkmlSoundness() *cobra.Command {
	return &cobra.Command{
		Use: "soundness FILE|ID", Short: "Print the chance of a false proof, step by step", Args: cobra.ExactArgs(1),
		Long: `Print the union bound of a model's proofs: each line is a step by which a false proof could pass, and its chance for each try. All
lines are proved, none is conjectured; challenges are modelled as a random function.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := a.described(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(map[string]any{"model": d.Model, "bits": d.Bits, "soundness": d.Soundness})
			}
			_, err = fmt.Fprint(a.stdout, d.table)
			return err
		},
	}
}

// described reads a model file, or asks the ledger for an id.
func (a *app) described(ctx context.Context, word string) (*described, error) {
	if len(word) != 2*zkml.DigestSize || strings.ContainsAny(word, "./") {
		b, err := bundle.Load(word)
		if err != nil {
			return nil, hint(err, "name a model file, or an id from `ayni zkml list`")
		}
		d := &described{
			Model: bundleID(b), Name: b.Name, Root: hex.EncodeToString(b.Root[:]), Parameters: b.Parameters,
			Input: &b.Input, Output: &b.Output, Accuracy: b.Accuracy, Notes: b.Notes,
		}
		return d, d.fill(b.Circuit)
	}
	remote, err := a.remote()
	if err != nil {
		return nil, err
	}
	m, err := remote.ProofModel(ctx, word)
	if err != nil {
		return nil, advise(err)
	}
	c, err := circuit.Decode(m.Encoded)
	if err != nil {
		return nil, err
	}
	d := &described{Model: m.ID, Name: m.Name, Root: m.Root, Price: m.Price}
	if d.Parameters, err = commit.Decode(m.Parameters); err != nil {
		return nil, err
	}
	return d, d.fill(c)
}

// fill adds what follows from circuit and parameters.
func (d *described) fill(c *circuit.Circuit) (err error) {
	digest := c.Digest()
	d.Circuit = hex.EncodeToString(digest[:])
	if d.table, err = verifier.Soundness(c, d.Parameters); err != nil {
		return err
	}
	d.Bits, d.Work, d.Soundness = d.table.Bits(), d.table.Work, strings.Split(strings.TrimSpace(d.table.String()), "\n")
	if d.Cost, err = verifier.Cost(c, d.Parameters); err != nil {
		return err
	}
	d.Shape = shapeOf(c)
	w := d.Parameters.Weights
	d.Leakage = leakage{Hidden: w.Tail > 0, Columns: w.Queries, Proofs: (1<<w.Columns + w.Tail + w.Queries - 1) / w.Queries}
	for _, t := range c.Tensors {
		if t.Kind == circuit.Weight {
			d.Leakage.Sums++
		}
	}
	d.Leakage.Sums++ // and one of all of them
	return nil
}

func shapeOf(c *circuit.Circuit) shape {
	s := shape{Operations: map[string]int{}, Shift: c.Shift}
	for i := range c.Operations {
		switch o := &c.Operations[i]; {
		case o.Linear != nil:
			s.Operations["sum"]++
			for _, t := range o.Linear.Terms {
				s.Operations[[]string{"matrix", "convolution", "bias", "scaled", "pool"}[t.Kind]]++
			}
		case o.MaxPool != nil:
			s.Operations["maximum"]++
		case o.Forest != nil:
			s.Operations["forest"]++
		}
	}
	for _, t := range c.Tensors {
		n := 1
		for _, axis := range t.Axes {
			n *= axis
		}
		switch t.Kind {
		case circuit.Input:
			s.Inputs = append(s.Inputs, n)
		case circuit.Output:
			s.Outputs = append(s.Outputs, n)
		case circuit.Weight:
			s.Weights += n
		case circuit.Witness:
			s.Witness += n
		}
	}
	for _, t := range c.Tables {
		s.TableBits = append(s.TableBits, t.Bits)
	}
	return s
}
