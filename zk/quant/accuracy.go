package quant

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"ayni.example/zkml/onnx"
)

// Accuracy holds an integer model to its float model on rows that neither training nor calibration used.
type Accuracy struct {
	Model string `json:"model"`
	Task  string `json:"task"` // classification or regression
	Rows  int    `json:"rows"`
	// Unlabelled: what is right for the rows is not known, so that the two models are compared with each other alone.
	Unlabelled bool `json:"unlabelled,omitempty"`
	// Of a classification, shares of the rows: the two models name the same class, and each names the right one.
	Agreement   float64 `json:"agreement,omitempty"`
	FloatTop1   float64 `json:"float_top1,omitempty"`
	IntegerTop1 float64 `json:"integer_top1,omitempty"`
	// Of a regression: mean absolute errors and coefficients of determination against the targets.
	FloatMAE   float64 `json:"float_mae,omitempty"`
	IntegerMAE float64 `json:"integer_mae,omitempty"`
	FloatR2    float64 `json:"float_r2,omitempty"`
	IntegerR2  float64 `json:"integer_r2,omitempty"`
	// MeanDifference and GreatestDifference are between the outputs of the two models.
	MeanDifference     float64 `json:"mean_difference"`
	GreatestDifference float64 `json:"greatest_difference"`
	// Clamped is the share of input elements outside of the range of calibration.
	Clamped float64 `json:"clamped"`
}

// The tasks that Measure knows.
const (
	classification = "classification"
	regression     = "regression"
)

// Measure runs both models. Targets are classes where the model has several outputs, values where it has one; nil: they are not known.
func Measure(name string, g *onnx.Graph, m *Model, rows [][]float64, targets []float64) (*Accuracy, error) {
	if len(rows) == 0 || (targets != nil && len(rows) != len(targets)) {
		return nil, fmt.Errorf("measure %s: %d rows with %d targets", name, len(rows), len(targets))
	}
	e, err := onnx.New(g)
	if err != nil {
		return nil, err
	}
	a := &Accuracy{Model: name, Task: classification, Rows: len(rows), Unlabelled: targets == nil}
	t := tally{Accuracy: a}
	answer := g.Outputs[len(g.Outputs)-1].Name // of a tree classifier: its scores
	for i, row := range rows {
		x, err := Tensor(g, row)
		if err != nil {
			return nil, err
		}
		out, err := e.Run(map[string]*onnx.Tensor{g.Inputs[0].Name: x}, answer)
		if err != nil {
			return nil, fmt.Errorf("measure %s, row %d: %w", name, i, err)
		}
		got, _, _, err := m.Infer(row)
		if err != nil {
			return nil, fmt.Errorf("measure %s, row %d: %w", name, i, err)
		}
		_, clamped, err := m.Input.Encode(row)
		if err != nil {
			return nil, err
		}
		t.clamped += clamped
		t.inputs += len(row)
		if len(got) == 1 {
			a.Task = regression
		}
		t.compare(out[answer].Floats, got)
		if targets != nil {
			t.judge(out[answer].Floats, got, targets[i])
		}
	}
	t.finish(targets)
	return a, nil
}

// tally adds rows up.
type tally struct {
	*Accuracy
	elements, clamped    int
	inputs               int
	floatSquare, intErrs float64
}

// compare holds the integer model to the float model.
func (t *tally) compare(want, got []float64) {
	for i := range want {
		d := math.Abs(want[i] - got[i])
		t.MeanDifference += d
		t.GreatestDifference = max(t.GreatestDifference, d)
		t.elements++
	}
	if t.Task == classification {
		t.Agreement += one(onnx.Argmax(want) == onnx.Argmax(got))
	}
}

// judge holds both to what is right.
func (t *tally) judge(want, got []float64, target float64) {
	if t.Task == regression {
		t.FloatMAE += math.Abs(want[0] - target)
		t.IntegerMAE += math.Abs(got[0] - target)
		t.floatSquare += (want[0] - target) * (want[0] - target)
		t.intErrs += (got[0] - target) * (got[0] - target)
		return
	}
	t.FloatTop1 += one(onnx.Argmax(want) == int(target))
	t.IntegerTop1 += one(onnx.Argmax(got) == int(target))
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func (t *tally) finish(targets []float64) {
	t.MeanDifference /= float64(max(t.elements, 1))
	t.Clamped = float64(t.clamped) / float64(max(t.inputs, 1))
	for _, sum := range []*float64{&t.Agreement, &t.FloatTop1, &t.IntegerTop1, &t.FloatMAE, &t.IntegerMAE} {
		*sum /= float64(t.Rows)
	}
	if t.Task != regression || t.Unlabelled {
		return
	}
	mean, spread := 0.0, 0.0
	for _, v := range targets {
		mean += v / float64(len(targets))
	}
	for _, v := range targets {
		spread += (v - mean) * (v - mean)
	}
	if spread == 0 {
		return // of targets that are all the same there is no coefficient
	}
	t.FloatR2, t.IntegerR2 = 1-t.floatSquare/spread, 1-t.intErrs/spread
}

// WriteTable prints accuracies for a person.
func WriteTable(w io.Writer, list []*Accuracy) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "MODEL\tROWS\tSAME CLASS\tTOP-1 FLOAT\tTOP-1 INTEGER\tMAE FLOAT\tMAE INTEGER\tR2 FLOAT\tR2 INTEGER\tMEAN DIFFERENCE\tGREATEST\tCLAMPED")
	for _, a := range list {
		class, value := "-\t-\t-", "-\t-\t-\t-"
		if a.Task == classification {
			class = fmt.Sprintf("%.2f %%\t%.2f %%\t%.2f %%", 100*a.Agreement, 100*a.FloatTop1, 100*a.IntegerTop1)
		} else {
			value = fmt.Sprintf("%.4g\t%.4g\t%.4f\t%.4f", a.FloatMAE, a.IntegerMAE, a.FloatR2, a.IntegerR2)
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%.3g\t%.3g\t%.3f %%\n", a.Model, a.Rows, class, value, a.MeanDifference, a.GreatestDifference, 100*a.Clamped)
	}
	return t.Flush()
}
