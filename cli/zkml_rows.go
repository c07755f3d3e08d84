package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ayni.example/zk/quant"
)

// rows are a model for a person.
func (d *described) rows() [][]string {
	parts := make([]string, 0, len(d.Shape.Operations))
	for _, name := range slices.Sorted(maps.Keys(d.Shape.Operations)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, d.Shape.Operations[name]))
	}
	rows := [][]string{
		{"model", d.Model},
		{"name", d.Name},
		{"circuit", d.Circuit},
		{"weights' root", d.Root},
		{"operations", strings.Join(parts, ", ")},
		{"size", fmt.Sprintf("%d weights; inputs of %v, outputs of %v integers", d.Shape.Weights, d.Shape.Inputs, d.Shape.Outputs)},
	}
	if d.Input != nil {
		rows = append(rows, []string{"input", scales(d.Input)})
	}
	if d.Price != "" {
		rows = append(rows, []string{"price", d.Price + " credits"})
	}
	rows = append(rows,
		[]string{"soundness", fmt.Sprintf("2^-%d; `ayni zkml soundness` prints each step", d.Bits)},
		[]string{"work of a proof", fmt.Sprintf("%d hashes for nonces, on average", d.Work)},
		[]string{"proof, at most", size(int64(d.Cost.Bytes))},
		[]string{"verifying, at most", fmt.Sprintf("%d rounds, %d columns, %d blocks of SHA-256, %d multiplications", d.Cost.Rounds, d.Cost.Queries, d.Cost.Hashes, d.Cost.Products)},
		[]string{"reveals of the weights", d.Leakage.text()},
		[]string{"does not hide", "input and output"},
	)
	rows = append(rows, accuracyRows(d.Accuracy)...)
	for _, n := range d.Notes {
		rows = append(rows, []string{"note", n})
	}
	return rows
}

func (l leakage) text() string {
	how := "nothing is hidden"
	if l.Hidden {
		how = "the first proof hides the rest"
	}
	return fmt.Sprintf("each proof states %d linear combinations of them, others of the activations, and opens %d columns; %s; after %d proofs the columns may determine all weights",
		l.Sums, l.Columns, how, l.Proofs)
}

func scales(e *quant.Encoding) string {
	if len(e.Scale) == 1 {
		return fmt.Sprintf("integers %d..%d, each worth %.4g, 0 standing for %.4g", e.Low, e.High, e.Scale[0], e.Zero[0])
	}
	return fmt.Sprintf("integers %d..%d, each number with a scale of its own", e.Low, e.High)
}

func accuracyRows(list []quant.Accuracy) [][]string {
	rows := make([][]string, 0, len(list))
	percent := func(v float64) string { return strconv.FormatFloat(100*v, 'f', 2, 64) + " %" }
	for _, a := range list {
		text := fmt.Sprintf("on %d held-out rows: outputs differ from the float model's by %.3g, at most %.3g", a.Rows, a.MeanDifference, a.GreatestDifference)
		if a.Task == "classification" {
			text += ", same class in " + percent(a.Agreement)
		}
		switch {
		case a.Unlabelled:
			text += "; what is right was not given (--targets)"
		case a.Task == "classification":
			text += fmt.Sprintf("; right in %s (float %s)", percent(a.IntegerTop1), percent(a.FloatTop1))
		default:
			text += fmt.Sprintf("; R2 %.4f (float %.4f), mean error %.4g (float %.4g)", a.IntegerR2, a.FloatR2, a.IntegerMAE, a.FloatMAE)
		}
		rows = append(rows, []string{"accuracy", text})
	}
	if len(rows) == 0 {
		rows = append(rows, []string{"accuracy", "not measured"})
	}
	return rows
}
